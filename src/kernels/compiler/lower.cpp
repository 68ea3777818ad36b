// Lowers each gate of a circuit to one-qubit unitaries and interactions.
#include "compiler/lower.hpp"

#include <algorithm>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "compiler/controls.hpp"
#include "compiler/pauli.hpp"
#include "program/problem.hpp"

namespace paultrap {
namespace {

using std::numbers::pi;

Matrix gpi(double turns) {
  const Amplitude phase = from_turns(turns);
  return {0, conj(phase), phase, 0};
}

constexpr Matrix kPauliY{0, {0, -1}, {0, 1}, 0};

bool is_swap(Opcode opcode, std::size_t n_controls) { return opcode == Opcode::SWAP && n_controls == 0; }

class Lowering {
 public:
  Lowering(int width, const Choices& choices, Steps& steps)
      : width_(width), choices_(choices), steps_(steps), places_(width) {
    std::iota(places_.begin(), places_.end(), Qubit{0});
  }

  void add(const Gate& gate) {
    if (choices_.swaps == Swaps::kPerform) return add_placed(gate);
    if (is_swap(gate.opcode, gate.controls.size())) {
      return std::swap(places_[gate.targets[0]], places_[gate.targets[1]]);
    }
    placed_.clear();
    for (const Qubit qubit : gate.targets) placed_.push_back(places_[qubit]);
    for (const Qubit qubit : gate.controls) placed_.push_back(places_[qubit]);
    const Qubits qubits(placed_);
    const std::size_t n_targets = gate.targets.size();
    add_placed({gate.opcode, qubits.first(n_targets), qubits.subspan(n_targets), gate.params});
  }

  void bring_back() {
    for (int qubit = 0; qubit < width_; ++qubit) {
      const Qubit place = places_[qubit];
      if (place == qubit) continue;
      for (const int control : {0, 1, 0}) control ? steps_.cx(place, qubit) : steps_.cx(qubit, place);
      *std::find(places_.begin(), places_.end(), qubit) = place;
      places_[qubit] = static_cast<Qubit>(qubit);
    }
  }

 private:
  void add_placed(const Gate& gate) {
    const double angle = gate.params.empty() ? 0 : gate.params[0];
    switch (gate.opcode) {
      case Opcode::X: return add_one(gate, kPauliX);
      case Opcode::Y: return add_one(gate, kPauliY);
      case Opcode::Z: return add_one(gate, kPauliZ);
      case Opcode::H: return add_one(gate, kHadamard);
      case Opcode::S: return add_one(gate, {1, 0, 0, kI});
      case Opcode::SI: return add_one(gate, {1, 0, 0, -kI});
      case Opcode::T: return add_one(gate, phase_gate(pi / 4));
      case Opcode::TI: return add_one(gate, phase_gate(-pi / 4));
      case Opcode::V: return add_one(gate, unit(pi / 4) * kQuarterX);
      case Opcode::VI: return add_one(gate, unit(-pi / 4) * adjoint(kQuarterX));
      case Opcode::RX: return add_one(gate, rotation(angle, kPauliX, 1));
      case Opcode::RY: return add_one(gate, rotation(angle, kPauliY, 1));
      case Opcode::RZ: return add_one(gate, rotation_z(angle));
      case Opcode::XPOW: return add_one(gate, rotation(angle, kPauliX, unit(angle / 2)));
      case Opcode::YPOW: return add_one(gate, rotation(angle, kPauliY, unit(angle / 2)));
      case Opcode::ZPOW: return add_one(gate, phase_gate(angle));
      case Opcode::GPI: return add_one(gate, gpi(angle));
      case Opcode::GPI2: return add_one(gate, rotation(pi / 2, gpi(angle), 1));
      case Opcode::SWAP: return add_swap(gate);
      case Opcode::XX: return add_pair(gate, 1);
      case Opcode::YY: return add_pair(gate, 2);
      case Opcode::ZZ: return add_pair(gate, 3);
      case Opcode::PAULIEXP: return add_pauliexp(steps_, gate.targets, gate.params, gate.controls, idle(gate));
      case Opcode::PAULIEXP_STEP:
        return add_pauliexp_step(steps_, gate.targets, gate.params, gate.controls, idle(gate));
      case Opcode::MS: return add_ms(gate);
      case Opcode::NATIVE_ZZ: return add_native_zz(gate);
    }
    each_piece(gate, [&](const Gate& piece) { add_placed(piece); });
  }

  void add_one(const Gate& gate, const Matrix& matrix) {
    if (gate.controls.size() != 2) return add_controlled(steps_, gate.controls, gate.targets[0], matrix, idle(gate));
    add_two_controls(steps_, gate.controls, gate.targets[0], matrix, choices_.ways[chosen_++]);
  }

  // The qubits that a gate with several controls may borrow.
  Qubits idle(const Gate& gate) {
    idle_.clear();
    if (gate.controls.size() < 2) return idle_;
    const auto touches = [](Qubits qubits, int qubit) {
      return std::find(qubits.begin(), qubits.end(), qubit) != qubits.end();
    };
    for (int qubit = 0; qubit < width_; ++qubit) {
      if (!touches(gate.targets, qubit) && !touches(gate.controls, qubit)) idle_.push_back(static_cast<Qubit>(qubit));
    }
    return idle_;
  }

  void add_swap(const Gate& gate) {
    const int way = gate.controls.size() == 1 ? choices_.ways[chosen_++] : 0;
    const Qubit a = gate.targets[way & 1], b = gate.targets[!(way & 1)];
    std::vector<Qubit> controls(gate.controls.begin(), gate.controls.end());
    controls.push_back(a);
    steps_.cx(b, a);
    if (controls.size() == 2) {
      add_two_controls(steps_, controls, b, kPauliX, way / 2);
    } else {
      add_controlled(steps_, controls, b, kPauliX, idle(gate));
    }
    steps_.cx(b, a);
  }

  void add_pair(const Gate& gate, double code) {
    const double codes[2] = {code, code};
    add_pauli_rotation(steps_, gate.targets, codes, gate.params[0], gate.controls, idle(gate));
  }

  void add_native_zz(const Gate& gate) {
    steps_.zz(gate.targets[0], gate.targets[1], 2 * pi * near_zero_turns(gate.params[0]));
  }

  void add_ms(const Gate& gate) {
    Matrix frames[2];
    for (int k = 0; k < 2; ++k) {
      frames[k] = product(rotation_z(2 * pi * near_zero_turns(gate.params[k])), kHadamard);
      steps_.one(gate.targets[k], adjoint(frames[k]));
    }
    steps_.zz(gate.targets[0], gate.targets[1], 2 * pi * near_zero_turns(gate.params[2]));
    for (int k = 0; k < 2; ++k) steps_.one(gate.targets[k], frames[k]);
  }

  int width_;
  const Choices& choices_;
  std::size_t chosen_ = 0;
  Steps& steps_;
  std::vector<Qubit> places_;  // where each qubit of the circuit is
  std::vector<Qubit> placed_, idle_;
};

// In the order in which Lowering chooses.
void add_ways(const Gate& gate, std::vector<std::uint8_t>& ways) {
  const GateFacts& facts = facts_of(gate.opcode);
  if (facts.pieces) return each_piece(gate, [&](const Gate& piece) { add_ways(piece, ways); });
  if (gate.opcode == Opcode::SWAP && gate.controls.size() == 1) ways.push_back(2 * kTwoControlWays);
  if (facts.targets == 1 && gate.controls.size() == 2) ways.push_back(kTwoControlWays);
}

}  // namespace

bool is_native(const ProgramView& program, std::size_t circuit) {
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    if (!kGates[program.opcodes[gate]].is_native) return false;
  }
  return true;
}

bool has_swaps(const ProgramView& program, std::size_t circuit) {
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    if (is_swap(static_cast<Opcode>(program.opcodes[gate]), program.n_controls(gate))) return true;
  }
  return false;
}

std::vector<std::uint8_t> ways_of(const ProgramView& program, std::size_t circuit) {
  std::vector<std::uint8_t> ways;
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    add_ways(program.gate(gate), ways);
  }
  return ways;
}

void lower(const ProgramView& program, std::size_t circuit, const Choices& choices, Steps& steps) {
  Lowering lowering(program.widths[circuit], choices, steps);
  const std::int64_t first = program.first_gate(circuit);
  for (std::int64_t gate = first; gate < program.last_gate(circuit); ++gate) {
    try {
      lowering.add(program.gate(gate));
      steps.check_length();
    } catch (const CircuitProblem& problem) {
      throw CircuitProblem(std::string(": ") + problem.what(), static_cast<std::int64_t>(circuit), gate - first);
    }
  }
  lowering.bring_back();
}

}  // namespace paultrap
