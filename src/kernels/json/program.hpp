// Puts the gates that were read of a body together as the arrays of a Program.
#pragma once

#include <string_view>
#include <vector>

#include "json/columns.hpp"
#include "json/lists.hpp"
#include "json/table.hpp"
#include "program/arrays.hpp"

namespace paultrap {

// Where one circuit's gates are in the body, and what is known of it.
struct CircuitSource {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int32_t width = -1;  // declared qubits; -1: none declared
  bool native = false;
};

// The arrays of a Program, in its order.
struct ProgramArrays {
  NewArray<std::uint16_t> widths;
  NewArray<std::int64_t> gate_offsets;
  NewArray<std::uint8_t> opcodes;
  NewArray<std::uint16_t> control_counts;
  NewArray<std::int64_t> qubit_offsets;
  NewArray<std::uint16_t> qubits;
  NewArray<std::int64_t> param_offsets;
  NewArray<double> params;
  std::vector<std::int64_t> handed_back;  // circuits that are not in ordinary spelling

  ProgramArrays(std::size_t circuits, const Extent& totals)
      : widths(circuits), gate_offsets(circuits + 1), opcodes(totals.gates), control_counts(totals.gates),
        qubit_offsets(totals.gates + 1), qubits(totals.qubits), param_offsets(totals.gates + 1),
        params(totals.params) {
    gate_offsets.data()[0] = qubit_offsets.data()[0] = param_offsets.data()[0] = 0;
  }
};

// Takes the circuits from `lists` where they are there (nullptr: nowhere) and reads the others. A circuit handed back
// has no gates and width 0. `body` must be followed by a NUL byte.
ProgramArrays make_program(std::string_view body, const std::vector<CircuitSource>& sources, const GateTable& table,
                           const GateLists* lists, int max_qubits);

}  // namespace paultrap
