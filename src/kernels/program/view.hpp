// A Program's arrays as C++ sees them: checked once, then trusted everywhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "program/gates.hpp"
#include "threads/pool.hpp"

namespace paultrap {

struct Gate {
  Opcode opcode;
  std::span<const std::uint16_t> targets;
  std::span<const std::uint16_t> controls;
  std::span<const double> params;
};

struct ProgramView {
  std::span<const std::uint16_t> widths;
  std::span<const std::int64_t> gate_offsets;
  std::span<const std::uint8_t> opcodes;
  std::span<const std::uint16_t> control_counts;
  std::span<const std::int64_t> qubit_offsets;
  std::span<const std::uint16_t> qubits;
  std::span<const std::int64_t> param_offsets;
  std::span<const double> params;

  std::size_t n_circuits() const { return widths.size(); }
  std::int64_t first_gate(std::size_t circuit) const { return gate_offsets[circuit]; }
  std::int64_t last_gate(std::size_t circuit) const { return gate_offsets[circuit + 1]; }

  Gate gate(std::int64_t index) const {
    const auto qubit = qubits.subspan(qubit_offsets[index], qubit_offsets[index + 1] - qubit_offsets[index]);
    const std::size_t n_targets = qubit.size() - control_counts[index];
    return {static_cast<Opcode>(opcodes[index]), qubit.first(n_targets), qubit.subspan(n_targets),
            params.subspan(param_offsets[index], param_offsets[index + 1] - param_offsets[index])};
  }
};

constexpr int kMaxWidth = 64;           // a state is a uint64
constexpr int kMaxCliffordWidth = 512;  // of circuits with Clifford gates only, whose states are several words

// Throws std::invalid_argument unless the arrays' lengths fit together and gate_offsets cuts the gates.
void check_arrays(const ProgramView& program);

// The same unless the other offsets ascend.
void check_offsets(const ProgramView& program);

// Throws std::invalid_argument, naming the first circuit and gate at fault, unless every index is in range and every
// gate has the targets and finite parameters that its opcode takes, and each pauliexp can be computed (see
// program/pauli_evolution.hpp). Arrays and offsets must have been checked.
// No circuit may have more than `most` qubits.
void check_gates(const ProgramView& program, int most = kMaxWidth);

// Call visit(piece) for each gate of the sequence that a gate without an enumerator is.
template <class Visit>
void each_piece(const Gate& gate, const Visit& visit) {
  for (const Piece& piece : facts_of(gate.opcode).pieces.value()) {
    std::vector<std::uint16_t> qubits;
    for (const std::uint8_t target : piece.targets) qubits.push_back(gate.targets[target]);
    for (const std::uint8_t control : piece.controls) qubits.push_back(gate.targets[control]);
    qubits.insert(qubits.end(), gate.controls.begin(), gate.controls.end());
    const std::span<const std::uint16_t> all(qubits);
    const std::size_t n_targets = piece.targets.count;
    visit(Gate{piece.opcode, all.first(n_targets), all.subspan(n_targets),
               facts_of(piece.opcode).params == 0 ? std::span<const double>{} : gate.params});
  }
}

// How many threads are worth waking to read the program through.
int planning_threads(const ProgramView& program, int threads);

}  // namespace paultrap
