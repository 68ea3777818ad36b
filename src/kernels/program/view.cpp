// Checks the arrays of a Program, and says which circuit and gate is wrong.
#include "program/view.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "program/pauli_evolution.hpp"
#include "program/problem.hpp"

namespace paultrap {
namespace {

void require(bool holds, const char* problem) {
  if (!holds) throw std::invalid_argument(std::string("not a valid program: ") + problem);
}

void require_offsets(std::span<const std::int64_t> offsets, std::size_t cuts, std::size_t length, const char* problem) {
  require(offsets.size() == cuts + 1 && offsets.front() == 0 && offsets.back() == static_cast<std::int64_t>(length),
          problem);
  bool ascending = true;
  for (std::size_t k = 0; k < cuts; ++k) ascending &= offsets[k] <= offsets[k + 1];
  require(ascending, problem);
}

const char* problem_of_pauliexp(const Gate& gate) {
  if (gate.params.empty()) return "pauliexp has no time";
  const std::size_t rest = gate.params.size() - 1, per_term = 1 + gate.targets.size();
  if (gate.targets.empty() || rest % per_term != 0) return "the terms of pauliexp do not fit its targets";
  for (const double code : gate.params.subspan(1 + rest / per_term)) {
    if (!(code == 0 || code == 1 || code == 2 || code == 3)) return "a Pauli code is not 0 to 3";
  }
  return nullptr;
}

const char* problem_of(const ProgramView& program, std::int64_t index, int width) {
  const std::size_t opcode = program.opcodes[index];
  if (opcode >= kGateCount) return "unknown opcode";
  const std::int64_t n_targets = program.n_qubits(index) - program.n_controls(index);
  const GateFacts& facts = kGates[opcode];
  if (n_targets < 0 || (facts.targets > 0 && n_targets != facts.targets)) return "wrong number of targets";
  const std::int64_t first = program.qubit_offsets[index];
  std::uint64_t seen = 0;  // modulo 64
  for (std::int64_t k = first; k < program.qubit_offsets[index + 1]; ++k) {
    if (program.qubits[k] >= width) return "a qubit is outside the circuit";
    const std::uint64_t bit = std::uint64_t{1} << program.qubits[k] % 64;
    const auto before = program.qubits.subspan(first, k - first);
    const bool again = seen & bit && std::find(before.begin(), before.end(), program.qubits[k]) != before.end();
    if (again) return "a qubit is named twice";
    seen |= bit;
  }
  const Gate gate = program.gate(index);
  for (const double value : gate.params) {
    if (!std::isfinite(value)) return "a parameter is not finite";
  }
  if (facts.params < 0) return problem_of_pauliexp(gate);
  return static_cast<int>(gate.params.size()) == facts.params ? nullptr : "wrong number of parameters";
}

// Whether opcodes, qubits and numbers of controls are in range.
bool in_range(const ProgramView& program) {
  std::uint8_t highest = 0;
  for (const std::uint8_t opcode : program.opcodes) highest = std::max(highest, opcode);
  bool fits = program.opcodes.empty() || highest < kGateCount;
  for (std::int64_t gate = 0; gate < program.n_gates(); ++gate) {
    fits &= program.n_controls(gate) <= program.n_qubits(gate);
  }
  for (std::size_t circuit = 0; circuit < program.n_circuits() && fits; ++circuit) {
    const std::int64_t first = program.qubit_offsets[program.first_gate(circuit)];
    const std::int64_t last = program.qubit_offsets[program.last_gate(circuit)];
    std::uint16_t most = 0;
    for (const std::uint16_t qubit : program.qubits.subspan(first, last - first)) most = std::max(most, qubit);
    fits = first == last || most < program.widths[circuit];
  }
  return fits;
}

std::string place_of(std::size_t circuit, std::int64_t gate) {
  return "circuit " + std::to_string(circuit) + ", gate " + std::to_string(gate);
}

// A valid gate may still ask for more than can be computed.
void check_evolution(const ProgramView& program, std::size_t circuit, std::int64_t index) {
  if (kGates[program.opcodes[index]].params >= 0) return;
  const Gate gate = program.gate(index);
  const std::optional<std::string> problem = evolution_problem(gate.params, gate.targets.size());
  if (!problem) return;
  throw CircuitProblem(" (pauliexp): " + *problem, static_cast<std::int64_t>(circuit), index - program.first_gate(circuit));
}

void check_circuit(const ProgramView& program, std::size_t circuit, int most) {
  const int width = program.widths[circuit];
  if (width > most) {
    throw CircuitProblem("not a valid program: circuit " + std::to_string(circuit) + " has more than " +
                                std::to_string(most) + " qubits");
  }
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    if (const char* problem = problem_of(program, gate, width)) {
      throw CircuitProblem("not a valid program: " + place_of(circuit, gate - program.first_gate(circuit)) +
                                  ": " + problem);
    }
    check_evolution(program, circuit, gate);
  }
}

}  // namespace

int planning_threads(const ProgramView& program, int threads) {
  constexpr std::size_t kWorthThreads = 4000;  // gates
  return program.opcodes.size() < kWorthThreads ? 1 : threads;
}

void check_layout(const ProgramView& program) {
  const std::size_t n_gates = program.opcodes.size();
  require_offsets(program.gate_offsets, program.n_circuits(), n_gates, "gate_offsets do not cut the gates");
  require(program.has_all_gates(), "the arrays of the gates differ in length");
  require_offsets(program.qubit_offsets, n_gates, program.qubits.size(), "qubit_offsets do not cut the qubits");
  require_offsets(program.param_offsets, n_gates, program.params.size(), "param_offsets do not cut the parameters");
  if (!in_range(program)) check_gates(program, kMaxCliffordWidth);  // which names the gate
}

void check_gates(const ProgramView& program, int most) {
  for (std::size_t circuit = 0; circuit < program.n_circuits(); ++circuit) check_circuit(program, circuit, most);
}

}  // namespace paultrap
