#include "statevector_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "statevector_recipe.hpp"

namespace paultrap {
namespace {

constexpr double kBytesPerAmplitude = 16, kBytesPerEntry = 16;
// What a gate costs beside its amplitudes, and what one amplitude costs at the end, in amplitude updates.
constexpr double kGateOverhead = 40, kAnswerWeight = 4;
// Taylor terms per unit of time times norm; see statevector_run.cpp.
constexpr double kTaylorTerms = 12;

// Whether a gate can turn one basis state into several, by opcode.
bool branches(Opcode opcode) {
  switch (opcode) {
    case Opcode::H:
    case Opcode::V:
    case Opcode::VI:
    case Opcode::RX:
    case Opcode::RY:
    case Opcode::XPOW:
    case Opcode::YPOW:
    case Opcode::XX:
    case Opcode::YY:
    case Opcode::GPI2:
    case Opcode::MS: return true;
    default: return false;
  }
}

bool may_need_evolution(const Gate& gate) {
  return gate.opcode == Opcode::PAULIEXP && gate.params.size() > 2 * (1 + gate.targets.size());
}

CircuitPlan plan_circuit(const ProgramView& program, std::size_t circuit) {
  CircuitPlan plan;
  plan.used = used_qubits(program, circuit);
  plan.n_qubits = std::popcount(plan.used);
  const double amplitudes = std::exp2(plan.n_qubits);
  double branchings = 0;
  bool evolves = false;
  for (std::int64_t index = program.first_gate(circuit); index < program.last_gate(circuit); ++index) {
    const Gate gate = program.gate(index);
    const double controls = static_cast<double>(gate.controls.size());
    if (gate.opcode == Opcode::PAULIEXP) {
      branchings += static_cast<double>(gate.targets.size());
      const double terms = static_cast<double>((gate.params.size() - 1) / (1 + gate.targets.size()));
      plan.cost += terms * (kGateOverhead + std::exp2(plan.n_qubits - controls));
      evolves |= may_need_evolution(gate);
    } else {
      branchings += branches(gate.opcode);
      plan.cost += kGateOverhead + std::exp2(plan.n_qubits - controls);
    }
  }
  if (evolves) {
    Recipe recipe;
    write_recipe(program, circuit, plan.used, recipe);
    for (const PauliSum& sum : recipe.sums) {
      plan.states = 3;
      plan.cost += std::abs(sum.time) * sum.norm * kTaylorTerms * static_cast<double>(sum.terms.size()) * amplitudes;
    }
  }
  plan.max_entries = std::min(amplitudes, std::exp2(std::min(branchings, 64.0)));
  plan.cost += kAnswerWeight * plan.max_entries + amplitudes;
  return plan;
}

}  // namespace

Plan make_plan(const ProgramView& program, int threads) {
  Plan plan;
  plan.first_equal = first_equals(program);
  plan.circuits.resize(program.n_circuits());
  double largest = 0, largest_small = 0, distinct_entries = 0, entries = 0, most_gates = 0;
  for (std::size_t circuit = 0; circuit < program.n_circuits(); ++circuit) {
    const std::size_t first = plan.first_equal[circuit];
    CircuitPlan& own = plan.circuits[first];
    if (first == circuit) {
      own = plan_circuit(program, circuit);
      const double state = own.states * kBytesPerAmplitude * std::exp2(std::max(own.n_qubits, 3));
      double& most = own.is_large() ? largest : largest_small;
      most = std::max(most, state);
      distinct_entries += own.max_entries;
      most_gates = std::max(most_gates, static_cast<double>(program.last_gate(circuit) - program.first_gate(circuit)));
    }
    entries += own.max_entries;
  }
  // States are given back before the answers are put together; a single circuit's answer is handed on as it is.
  const double states = std::max(largest, largest_small * threads) + most_gates * threads * sizeof(Op);
  const double assembly = program.n_circuits() == 1 ? 0 : entries * kBytesPerEntry;
  plan.bytes = distinct_entries * kBytesPerEntry + std::max(states, assembly) +
               static_cast<double>(program.n_circuits()) * (sizeof(CircuitPlan) + 64);
  return plan;
}

}  // namespace paultrap
