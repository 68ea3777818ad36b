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
constexpr double kBytesPerCircuit = sizeof(CircuitPlan) + 64;
// Taylor terms per unit of time times norm; see statevector_evolve.cpp.
constexpr double kTaylorTerms = 12;

// More qubits than any machine holds: counting further tells nothing.
constexpr int kMostQubits = 63;

double power_of_two(int exponent) { return static_cast<double>(std::uint64_t{1} << std::min(exponent, kMostQubits)); }

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
  const double amplitudes = power_of_two(plan.n_qubits);
  int branchings = 0;
  bool evolves = false;
  for (std::int64_t index = program.first_gate(circuit); index < program.last_gate(circuit); ++index) {
    const Gate gate = program.gate(index);
    const double amplitudes_touched = power_of_two(plan.n_qubits - static_cast<int>(gate.controls.size()));
    if (gate.opcode == Opcode::PAULIEXP) {
      branchings = std::min(branchings + static_cast<int>(gate.targets.size()), kMostQubits);
      const double terms = static_cast<double>((gate.params.size() - 1) / (1 + gate.targets.size()));
      plan.cost += terms * (kGateOverhead + amplitudes_touched);
      evolves |= may_need_evolution(gate);
    } else {
      branchings = std::min(branchings + branches(gate.opcode), kMostQubits);
      plan.cost += kGateOverhead + amplitudes_touched;
    }
  }
  if (evolves) {
    Recipe recipe;
    write_recipe(program, circuit, plan.used, Merging::kRuns, recipe);
    for (const PauliSum& sum : recipe.sums) {
      plan.states = 3;
      plan.cost += std::abs(sum.time) * sum.norm * kTaylorTerms * static_cast<double>(sum.terms.size()) * amplitudes;
    }
  }
  plan.max_entries = std::min(amplitudes, power_of_two(branchings));
  plan.cost += kAnswerWeight * plan.max_entries + amplitudes;
  return plan;
}

}  // namespace

Plan make_plan(const ProgramView& program, int threads, Pool& pool) {
  Plan plan;
  const int helpers = planning_threads(program, threads);
  plan.first_equal = first_equals(program, helpers, pool);
  plan.circuits.resize(program.n_circuits());
  pool.share(helpers, program.n_circuits(), 64, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) {
      if (plan.is_first(circuit)) plan.circuits[circuit] = plan_circuit(program, circuit);
    }
  });
  double large_state = 0, small_state = 0, entries = 0;
  std::int64_t most_gates = 0;
  for (std::size_t circuit = 0; circuit < program.n_circuits(); ++circuit) {
    const CircuitPlan& own = plan.of(circuit);
    double& state = own.is_large() ? large_state : small_state;
    state = std::max(state, own.states * kBytesPerAmplitude * power_of_two(std::max(own.n_qubits, 3)));
    entries += own.max_entries;
    most_gates = std::max(most_gates, program.last_gate(circuit) - program.first_gate(circuit));
  }
  const double n_circuits = static_cast<double>(program.n_circuits());
  plan.bytes = entries * kBytesPerEntry + std::max(large_state, small_state * threads) +
               2.0 * sizeof(Op) * static_cast<double>(most_gates) * threads + n_circuits * kBytesPerCircuit;
  return plan;
}

}  // namespace paultrap
