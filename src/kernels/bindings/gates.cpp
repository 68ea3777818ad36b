// Shows Python the gate table, for a test to check.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string>

#include "program/gates.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

std::string letters(std::uint8_t paulis) {
  std::string found;
  if (paulis & kOnlyX) found += 'X';
  if (paulis & kOnlyY) found += 'Y';
  if (paulis & kOnlyZ) found += 'Z';
  return found;
}

// (opcode, targets, controls) of each gate of a sequence, or None.
nb::object pieces_of(const GateFacts& gate) {
  if (!gate.pieces) return nb::none();
  const auto places = [](const auto& few) {
    nb::list found;
    for (const std::uint8_t place : few) found.append(static_cast<int>(place));
    return found;
  };
  nb::list found;
  for (const Piece& piece : *gate.pieces) {
    found.append(nb::make_tuple(static_cast<int>(piece.opcode), places(piece.targets), places(piece.controls)));
  }
  return found;
}

nb::list gate_table() {
  constexpr std::string_view kShapes[] = {"mixing", "permutation", "diagonal"};
  constexpr std::string_view kCliffords[] = {"never", "at quarter turns", "always"};
  constexpr std::string_view kAngles[] = {"", "radians", "turns"};
  nb::list rows;
  for (const GateFacts& gate : kGates) {
    nb::dict row;
    row["opcode"] = static_cast<int>(gate.opcode);
    row["name"] = gate.name;
    row["targets"] = static_cast<int>(gate.targets);
    row["params"] = static_cast<int>(gate.params);
    row["is_native"] = gate.is_native;
    row["shape"] = kShapes[static_cast<int>(gate.shape)];
    row["clifford"] = kCliffords[static_cast<int>(gate.clifford)];
    row["commuting"] = letters(gate.commuting);
    row["anticommuting"] = letters(gate.anticommuting);
    row["half_turn"] = letters(gate.half_turn);
    row["rotation"] = kAngles[static_cast<int>(gate.rotation)];
    row["pieces"] = pieces_of(gate);
    rows.append(row);
  }
  return rows;
}

}  // namespace

void bind_gates(nb::module_& module);
void bind_gates(nb::module_& module) {
  module.def("gate_table", &gate_table, "Return the rows of the kernels' gate table, by opcode.");
}

}  // namespace paultrap
