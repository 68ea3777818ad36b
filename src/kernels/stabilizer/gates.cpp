// Translates gates to Clifford steps where they are Clifford gates.
#include "stabilizer/gates.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include "program/problem.hpp"

namespace paultrap {
namespace {

constexpr double kTolerance = 1e-9;

// Beyond this the rounding of a quotient, and of pi, could pass for a multiple.
constexpr double kLargeValue = 0x1p20;

// Multiples of `unit` in `value`, modulo 4; nothing where it is none.
std::optional<int> quarters(double value, double unit) {
  const double count = value / unit, whole = std::round(count);
  if (std::abs(count - whole) * unit > kTolerance) return std::nullopt;
  return static_cast<int>(((static_cast<std::int64_t>(whole) % 4) + 4) % 4);
}

std::optional<int> quarters_of_turns(double turns, double unit) {
  return quarters(std::abs(turns) < kLargeValue ? turns : turns - std::nearbyint(turns), unit);
}

std::optional<int> quarters_of_radians(double angle) {
  if (!(std::abs(angle) < kLargeValue)) angle = std::atan2(std::sin(angle), std::cos(angle));
  return quarters(angle, std::numbers::pi / 2);
}

class Translator {
 public:
  explicit Translator(std::vector<CliffordStep>& steps) : steps_(steps) {}

  // False where the gate is no Clifford gate, or one under more controls than one.
  bool add(const Gate& gate) {
    const bool controlled = !gate.controls.empty();
    if (gate.controls.size() > 1 || facts_of(gate.opcode).clifford == Clifford::kNever) return false;
    if (controlled) return add_controlled(gate, gate.controls[0], gate.targets[0]);
    const auto q = [&](int j) { return gate.targets[j]; };
    switch (gate.opcode) {
      case Opcode::X: return step(CliffordKind::kX, q(0));
      case Opcode::Y: return step(CliffordKind::kZ, q(0)) && step(CliffordKind::kX, q(0));
      case Opcode::Z: return step(CliffordKind::kZ, q(0));
      case Opcode::H: return step(CliffordKind::kH, q(0));
      case Opcode::S: return about_z(q(0), 1);
      case Opcode::SI: return about_z(q(0), 3);
      case Opcode::V: return about_x(q(0), 1);
      case Opcode::VI: return about_x(q(0), 3);
      case Opcode::RX: case Opcode::XPOW: return about_x(q(0), radians(gate));
      case Opcode::RY: case Opcode::YPOW: return about_y(q(0), radians(gate));
      case Opcode::RZ: case Opcode::ZPOW: return about_z(q(0), radians(gate));
      case Opcode::SWAP: return step(CliffordKind::kSwap, q(0), q(1));
      case Opcode::XX: return xx(q(0), q(1), radians(gate));
      case Opcode::YY: return yy(q(0), q(1), radians(gate));
      case Opcode::ZZ: return zz(q(0), q(1), radians(gate));
      case Opcode::NATIVE_ZZ: return zz(q(0), q(1), quarters_of_turns(gate.params[0], 0.25));
      case Opcode::GPI: return gpi(q(0), quarters_of_turns(gate.params[0], 0.125));
      case Opcode::GPI2: return gpi2(q(0), quarters_of_turns(gate.params[0], 0.25));
      case Opcode::MS: return ms(gate);
      case Opcode::T: case Opcode::TI: case Opcode::PAULIEXP: case Opcode::PAULIEXP_STEP: return false;
    }
    bool all = true;
    each_piece(gate, [&](const Gate& piece) { all = all && add(piece); });
    return all;
  }

 private:
  using Turns = std::optional<int>;  // quarter turns

  static Turns radians(const Gate& gate) { return quarters_of_radians(gate.params[0]); }

  bool step(CliffordKind kind, std::uint16_t a, std::uint16_t b = 0) {
    steps_.push_back({kind, a, b});
    return true;
  }

  bool add_controlled(const Gate& gate, std::uint16_t control, std::uint16_t target) {
    const std::uint8_t pauli = facts_of(gate.opcode).half_turn;
    if (pauli == kNoPauli || !(gate.params.empty() || radians(gate) == Turns(2))) return false;
    if (pauli == kOnlyX) return step(CliffordKind::kCx, control, target);
    return pauli == kOnlyY ? controlled_y(control, target) : controlled_z(control, target);
  }

  bool controlled_y(std::uint16_t control, std::uint16_t target) {
    return about_z(target, 3) && step(CliffordKind::kCx, control, target) && about_z(target, 1);
  }

  bool controlled_z(std::uint16_t control, std::uint16_t target) {
    return step(CliffordKind::kH, target) && step(CliffordKind::kCx, control, target) && step(CliffordKind::kH, target);
  }

  bool about_z(std::uint16_t q, Turns turns) {
    if (!turns) return false;
    if (*turns & 1) step(CliffordKind::kS, q);
    if (*turns & 2) step(CliffordKind::kZ, q);
    return true;
  }

  bool about_x(std::uint16_t q, Turns turns) {
    return turns && step(CliffordKind::kH, q) && about_z(q, turns) && step(CliffordKind::kH, q);
  }

  bool about_y(std::uint16_t q, Turns turns) { return turns && about_z(q, 3) && about_x(q, turns) && about_z(q, 1); }

  // exp(-i pi/4 z z) is s on both qubits and a controlled z, up to a phase.
  bool zz(std::uint16_t a, std::uint16_t b, Turns turns) {
    if (!turns) return false;
    if (*turns & 1) about_z(a, 1) && about_z(b, 1) && controlled_z(a, b);
    if (*turns & 2) step(CliffordKind::kZ, a) && step(CliffordKind::kZ, b);
    return true;
  }

  bool xx(std::uint16_t a, std::uint16_t b, Turns turns) {
    const auto turn = [&] { return step(CliffordKind::kH, a) && step(CliffordKind::kH, b); };
    return turns && turn() && zz(a, b, turns) && turn();
  }

  bool yy(std::uint16_t a, std::uint16_t b, Turns turns) {
    return turns && about_z(a, 3) && about_z(b, 3) && xx(a, b, turns) && about_z(a, 1) && about_z(b, 1);
  }

  // gpi(p) is x, then a z rotation by 4 pi p.
  bool gpi(std::uint16_t q, Turns eighths) { return eighths && step(CliffordKind::kX, q) && about_z(q, eighths); }

  // gpi2(p) is v in a frame that is turned by 2 pi p about z.
  bool gpi2(std::uint16_t q, Turns turns) {
    return turns && about_z(q, (4 - *turns) % 4) && about_x(q, 1) && about_z(q, turns);
  }

  bool ms(const Gate& gate) {
    const std::uint16_t a = gate.targets[0], b = gate.targets[1];
    const Turns first = quarters_of_turns(gate.params[0], 0.25), second = quarters_of_turns(gate.params[1], 0.25);
    const Turns angle = quarters_of_turns(gate.params[2], 0.25);
    if (!first || !second || !angle) return false;
    return about_z(a, (4 - *first) % 4) && about_z(b, (4 - *second) % 4) && xx(a, b, angle) && about_z(a, first) &&
           about_z(b, second);
  }

  std::vector<CliffordStep>& steps_;
};

// Sets the circuit's steps; returns its first gate that is not a Clifford gate, counted within it, or its gates' number.
std::int64_t translate(const ProgramView& program, std::size_t circuit, CliffordCircuit& found) {
  Translator translator(found.steps);
  const std::int64_t first = program.first_gate(circuit), last = program.last_gate(circuit);
  for (std::int64_t gate = first; gate < last; ++gate) {
    if (!translator.add(program.gate(gate))) return gate - first;
    found.ends.push_back(static_cast<std::uint32_t>(found.steps.size()));
  }
  return last - first;
}

}  // namespace

std::optional<CliffordCircuit> clifford_circuit(const ProgramView& program, std::size_t circuit) {
  CliffordCircuit found{program.widths[circuit], {}, {}};
  const std::int64_t n_gates = program.last_gate(circuit) - program.first_gate(circuit);
  if (translate(program, circuit, found) < n_gates) return std::nullopt;
  return found;
}

CliffordCircuit wide_clifford_circuit(const ProgramView& program, std::size_t circuit) {
  CliffordCircuit found{program.widths[circuit], {}, {}};
  const std::int64_t gate = translate(program, circuit, found);
  if (gate == program.last_gate(circuit) - program.first_gate(circuit)) return found;
  throw CircuitProblem(": not a Clifford gate; the circuit has " + std::to_string(found.n_qubits) +
                           " qubits, and those of more than " + std::to_string(kMaxWidth) +
                           " may have Clifford gates only",
                       static_cast<std::int64_t>(circuit), gate, CircuitProblem::Kind::kNotClifford);
}

}  // namespace paultrap
