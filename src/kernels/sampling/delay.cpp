// Finds the first gate that a Pauli error does not commute with.
#include "sampling/delay.hpp"

#include <algorithm>

namespace paultrap {
namespace {

static_assert(kOnlyX == 1 << kPauliX && kOnlyY == 1 << (kPauliX | kPauliZ) && kOnlyZ == 1 << kPauliZ);

// Which Paulis on one of its targets commute with a gate, up to a sign, with all Paulis on its other qubits left alone.
// Under controls a sign is a phase that is seen, so that only what commutes in earnest passes.
unsigned passing_target(const Gate& gate) {
  const GateFacts& facts = facts_of(gate.opcode);
  return gate.controls.empty() ? facts.commuting | facts.anticommuting : facts.commuting;
}

}  // namespace

Delays::Delays(const ProgramView& program, std::size_t circuit)
    : n_gates_(program.last_gate(circuit) - program.first_gate(circuit)), starts_(program.widths[circuit] + 1, 0) {
  const std::int64_t first = program.first_gate(circuit);
  const auto each_touch = [&](const auto& visit) {
    for (std::int64_t k = 0; k < n_gates_; ++k) {
      const Gate gate = program.gate(first + k);
      const unsigned passing = passing_target(gate);
      for (const std::uint16_t qubit : gate.targets) visit(qubit, Touch{k, passing});
      for (const std::uint16_t qubit : gate.controls) visit(qubit, Touch{k, kOnlyZ});
    }
  };
  each_touch([&](std::uint16_t qubit, const Touch&) { ++starts_[qubit + 1]; });
  for (std::size_t qubit = 1; qubit < starts_.size(); ++qubit) starts_[qubit] += starts_[qubit - 1];
  touches_.resize(starts_.back());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  each_touch([&](std::uint16_t qubit, const Touch& touch) { touches_[next[qubit]++] = touch; });
}

std::int64_t Delays::until(std::int64_t gate, std::uint16_t qubit, unsigned parts) const {
  const auto end = touches_.begin() + starts_[qubit + 1];
  auto touch = std::upper_bound(touches_.begin() + starts_[qubit], end, gate,
                                [](std::int64_t value, const Touch& other) { return value < other.gate; });
  while (touch != end && (touch->passing >> parts & 1)) ++touch;
  return touch == end ? n_gates_ : touch->gate;
}

}  // namespace paultrap
