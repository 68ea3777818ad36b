// Clifford circuits as few kinds of steps.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "program/view.hpp"

namespace paultrap {

enum class CliffordKind : std::uint8_t { kX, kZ, kH, kS, kCx, kSwap };

struct CliffordStep {
  CliffordKind kind;
  std::uint16_t a, b;  // qubits; of kCx the control and the target
};

struct CliffordCircuit {
  int n_qubits;
  std::vector<CliffordStep> steps;
  std::vector<std::uint32_t> ends;  // by gate, where its steps end
};

// The circuit's steps, up to its global phase, or nothing where one of its gates is not a Clifford gate. Angles count as
// multiples of a quarter turn where they are within 1e-9 of one.
std::optional<CliffordCircuit> clifford_circuit(const ProgramView& program, std::size_t circuit);

// The same for a circuit that must be one; throws std::invalid_argument, naming its first other gate.
CliffordCircuit wide_clifford_circuit(const ProgramView& program, std::size_t circuit);

}  // namespace paultrap
