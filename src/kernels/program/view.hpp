// A Program's arrays as C++ reads them: their layout is checked once, at the border, then trusted everywhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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

// The arrays of paultrap.circuits.Program, in its order; Holder<T> is what holds an array of T. Angles that come from a
// table would be two more, beside params.
template <template <class> class Holder>
struct ProgramFields {
  Holder<std::uint16_t> widths;
  Holder<std::int64_t> gate_offsets;
  Holder<std::uint8_t> opcodes;
  Holder<std::uint16_t> control_counts;
  Holder<std::int64_t> qubit_offsets;
  Holder<std::uint16_t> qubits;
  Holder<std::int64_t> param_offsets;
  Holder<double> params;

  // What `use` makes of all of them.
  template <class Use>
  auto all(const Use& use) {
    return use(widths, gate_offsets, opcodes, control_counts, qubit_offsets, qubits, param_offsets, params);
  }
  template <class Use>
  auto all(const Use& use) const {
    return use(widths, gate_offsets, opcodes, control_counts, qubit_offsets, qubits, param_offsets, params);
  }
};

inline constexpr const char* kProgramFields[] = {"widths",        "gate_offsets", "opcodes",       "control_counts",
                                                 "qubit_offsets", "qubits",       "param_offsets", "params"};

template <class T>
using ConstSpan = std::span<const T>;

struct ProgramView : ProgramFields<ConstSpan> {
  std::size_t n_circuits() const { return widths.size(); }
  std::int64_t n_gates() const { return static_cast<std::int64_t>(opcodes.size()); }
  std::int64_t first_gate(std::size_t circuit) const { return gate_offsets[circuit]; }
  std::int64_t last_gate(std::size_t circuit) const { return gate_offsets[circuit + 1]; }

  // Whether there is one entry for each gate where there should be.
  bool has_all_gates() const { return control_counts.size() == opcodes.size(); }
  int n_controls(std::int64_t gate) const { return control_counts[gate]; }
  std::int64_t n_qubits(std::int64_t gate) const { return qubit_offsets[gate + 1] - qubit_offsets[gate]; }
  std::int64_t n_params(std::int64_t gate) const { return param_offsets[gate + 1] - param_offsets[gate]; }

  // Whether gates from `one` on, `count` of them, are those from `other` on.
  bool same_gates(std::int64_t one, std::int64_t other, std::int64_t count) const {
    const std::int64_t n_qubits = qubit_offsets[one + count] - qubit_offsets[one];
    const std::int64_t n_params = param_offsets[one + count] - param_offsets[one];
    return same_slice(opcodes, one, other, count) && same_slice(control_counts, one, other, count) &&
           same_cuts(qubit_offsets, one, other, count) && same_cuts(param_offsets, one, other, count) &&
           same_slice(qubits, qubit_offsets[one], qubit_offsets[other], n_qubits) &&
           same_slice(params, param_offsets[one], param_offsets[other], n_params);
  }

  Gate gate(std::int64_t index) const {
    const auto qubit = qubits.subspan(qubit_offsets[index], qubit_offsets[index + 1] - qubit_offsets[index]);
    const std::size_t n_targets = qubit.size() - control_counts[index];
    return {static_cast<Opcode>(opcodes[index]), qubit.first(n_targets), qubit.subspan(n_targets),
            params.subspan(param_offsets[index], param_offsets[index + 1] - param_offsets[index])};
  }

 private:
  template <class T>
  static bool same_slice(std::span<const T> values, std::int64_t one, std::int64_t other, std::int64_t count) {
    return count == 0 || std::memcmp(&values[one], &values[other], count * sizeof(T)) == 0;
  }

  static bool same_cuts(std::span<const std::int64_t> cuts, std::int64_t one, std::int64_t other, std::int64_t count) {
    bool same = true;
    const std::int64_t shift = cuts[other] - cuts[one];
    for (std::int64_t k = 1; k <= count; ++k) same &= cuts[other + k] - cuts[one + k] == shift;
    return same;
  }
};

constexpr int kMaxWidth = 64;           // a state is a uint64
constexpr int kMaxCliffordWidth = 512;  // of circuits with Clifford gates only, whose states are several words

// Throws std::invalid_argument unless the arrays' lengths fit together, all offsets ascend, and every opcode and qubit
// is in range: what every reader of a program relies on.
void check_layout(const ProgramView& program);

// Throws std::invalid_argument, naming the first circuit and gate at fault, unless every index is in range and every
// gate has the targets and finite parameters that its opcode takes, and each pauliexp can be computed (see
// program/pauli_evolution.hpp). The layout must have been checked.
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
