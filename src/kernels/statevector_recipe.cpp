#include "statevector_recipe.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace paultrap {
namespace {

constexpr double kHalfRoot = 0.70710678118654752440;
// Time times norm of a sum of Paulis that do not commute: past this the evolution would seem to hang.
constexpr double kMaxEvolution = 1e6;

// Complex arithmetic without the care that std::complex takes of infinities: every parameter is finite.
struct Amplitude : Complex {
  constexpr Amplitude(double real = 0, double imag = 0) : Complex{real, imag} {}
  constexpr Amplitude(Complex value) : Complex(value) {}
};
constexpr Amplitude operator+(Amplitude a, Amplitude b) { return {a.re + b.re, a.im + b.im}; }
constexpr Amplitude operator-(Amplitude a) { return {-a.re, -a.im}; }
constexpr Amplitude operator*(Amplitude a, Amplitude b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
constexpr Amplitude& operator*=(Amplitude& a, Amplitude b) { return a = a * b; }
constexpr bool is_zero(Amplitude a) { return a.re == 0 && a.im == 0; }
constexpr Amplitude conj(Amplitude a) { return {a.re, -a.im}; }
constexpr Amplitude kI{0, 1};

// e^(i angle).
Amplitude unit(double angle) { return {std::cos(angle), std::sin(angle)}; }

// e^(2 pi i turns), exact at quarter turns.
Amplitude from_turns(double turns) {
  turns -= std::nearbyint(turns);
  const double quarters = std::nearbyint(4 * turns);
  const Amplitude rest = unit(2 * std::numbers::pi * (turns - quarters / 4));
  switch (static_cast<int>(quarters) & 3) {
    case 0: return rest;
    case 1: return kI * rest;
    case 2: return -rest;
    default: return -kI * rest;
  }
}

// A 2 x 2 matrix, row by row.
struct Matrix {
  Amplitude m00, m01, m10, m11;
};

class Writer {
 public:
  Writer(std::uint64_t used, Recipe& recipe) : recipe_(recipe) {
    last_.fill(-1);
    std::uint8_t next = 0;
    for (int qubit = 0; qubit < 64; ++qubit) {
      if (used >> qubit & 1) place_[qubit] = next++;
    }
    recipe_.n_qubits = next;
    recipe_.ops.clear();
    recipe_.sums.clear();
  }

  void write(const Gate& gate) {
    controls_ = 0;
    for (const std::uint16_t qubit : gate.controls) controls_ |= bit(qubit);
    const auto place = [&](int j) { return place_[gate.targets[j]]; };
    const auto param = [&](int j) { return gate.params[j]; };
    switch (gate.opcode) {
      case Opcode::X: return one(place(0), {0, 1, 1, 0});
      case Opcode::Y: return one(place(0), {0, -kI, kI, 0});
      case Opcode::Z: return one(place(0), {1, 0, 0, -1});
      case Opcode::H: return one(place(0), {kHalfRoot, kHalfRoot, kHalfRoot, -kHalfRoot});
      case Opcode::S: return one(place(0), {1, 0, 0, kI});
      case Opcode::SI: return one(place(0), {1, 0, 0, -kI});
      case Opcode::T: return one(place(0), {1, 0, 0, {kHalfRoot, kHalfRoot}});
      case Opcode::TI: return one(place(0), {1, 0, 0, {kHalfRoot, -kHalfRoot}});
      case Opcode::V: return one(place(0), {{.5, .5}, {.5, -.5}, {.5, -.5}, {.5, .5}});
      case Opcode::VI: return one(place(0), {{.5, -.5}, {.5, .5}, {.5, .5}, {.5, -.5}});
      case Opcode::RX: return one(place(0), rotation(param(0), {0, 1, 1, 0}, 1));
      case Opcode::RY: return one(place(0), rotation(param(0), {0, -kI, kI, 0}, 1));
      case Opcode::RZ: return one(place(0), rotation(param(0), {1, 0, 0, -1}, 1));
      case Opcode::XPOW: return one(place(0), rotation(param(0), {0, 1, 1, 0}, half(param(0))));
      case Opcode::YPOW: return one(place(0), rotation(param(0), {0, -kI, kI, 0}, half(param(0))));
      case Opcode::ZPOW: return one(place(0), {1, 0, 0, unit(param(0))});
      case Opcode::SWAP: return swap(place(0), place(1));
      case Opcode::XX: return pauli(bit(gate.targets[0]) | bit(gate.targets[1]), 0, half(param(0)), 1);
      case Opcode::YY: return yy(gate, half(param(0)));
      case Opcode::ZZ: return pauli(0, bit(gate.targets[0]) | bit(gate.targets[1]), half(param(0)), 1);
      case Opcode::NATIVE_ZZ:
        return pauli(0, bit(gate.targets[0]) | bit(gate.targets[1]), from_turns(param(0) / 2), 1);
      case Opcode::GPI: return one(place(0), {0, from_turns(-param(0)), from_turns(param(0)), 0});
      case Opcode::GPI2:
        return one(place(0), {kHalfRoot, -kI * kHalfRoot * from_turns(-param(0)),
                              -kI * kHalfRoot * from_turns(param(0)), kHalfRoot});
      case Opcode::MS: return ms(place(0), place(1), gate.params);
      case Opcode::PAULIEXP: return pauliexp(gate);
      case Opcode::NOP: return;
    }
  }

 private:
  std::uint64_t bit(std::uint16_t qubit) const { return std::uint64_t{1} << place_[qubit]; }

  static Amplitude half(double theta) { return unit(theta / 2); }

  // phase * exp(-i theta/2 A) for an A whose square is the identity.
  static Matrix rotation(double theta, const Matrix& a, Amplitude phase) {
    const Amplitude c = phase * std::cos(theta / 2), s = -kI * phase * std::sin(theta / 2);
    return {c + s * a.m00, s * a.m01, s * a.m10, c + s * a.m11};
  }

  Op& push(std::uint64_t flip) {
    Op& op = recipe_.ops.emplace_back();
    op.flip = flip;
    op.controls = controls_;
    return op;
  }

  // No later one-qubit gate may be merged across an operation that touches its qubit.
  void seal(std::uint64_t touched) {
    for (; touched; touched &= touched - 1) last_[std::countr_zero(touched)] = -1;
  }

  void one(std::uint8_t qubit, Matrix m) {
    const std::uint64_t mask = std::uint64_t{1} << qubit;
    if (!controls_ && last_[qubit] >= 0) {
      Op& op = recipe_.ops[last_[qubit]];
      const Matrix old{op.diag[0], op.off[0], op.off[1], op.diag[1]};
      m = {m.m00 * old.m00 + m.m01 * old.m10, m.m00 * old.m01 + m.m01 * old.m11,
           m.m10 * old.m00 + m.m11 * old.m10, m.m10 * old.m01 + m.m11 * old.m11};
      return fill(op, qubit, m);
    }
    if (controls_) {
      seal(controls_ | mask);
    } else {
      last_[qubit] = static_cast<std::int32_t>(recipe_.ops.size());
    }
    fill(push(0), qubit, m);
  }

  static void fill(Op& op, std::uint8_t qubit, const Matrix& m) {
    const bool diagonal = is_zero(m.m01) && is_zero(m.m10);
    op.flip = diagonal ? 0 : std::uint64_t{1} << qubit;
    op.n_select = 1;
    op.select[0] = qubit;
    op.diag[0] = m.m00;
    op.diag[1] = m.m11;
    op.off[0] = m.m01;
    op.off[1] = m.m10;
  }

  Op& two(std::uint64_t flip, std::uint8_t a, std::uint8_t b) {
    seal(controls_ | std::uint64_t{1} << a | std::uint64_t{1} << b);
    Op& op = push(flip);
    op.n_select = 2;
    op.select[0] = a;
    op.select[1] = b;
    return op;
  }

  void swap(std::uint8_t a, std::uint8_t b) {
    Op& op = two(std::uint64_t{1} << a | std::uint64_t{1} << b, a, b);
    op.diag[0] = op.diag[3] = op.off[1] = op.off[2] = {1, 0};
  }

  void ms(std::uint8_t a, std::uint8_t b, std::span<const double> params) {
    Op& op = two(std::uint64_t{1} << a | std::uint64_t{1} << b, a, b);
    const Amplitude turn = from_turns(params[2] / 2), phase0 = from_turns(params[0]), phase1 = from_turns(params[1]);
    for (int s = 0; s < 4; ++s) {
      // Row 0 of gpi holds e^(-2 pi i phase), row 1 its conjugate.
      op.diag[s] = {turn.re, 0};
      op.off[s] = -kI * turn.im * (s & 1 ? phase0 : conj(phase0)) * (s & 2 ? phase1 : conj(phase1));
    }
  }

  void yy(const Gate& gate, Amplitude turn) {
    const std::uint64_t both = bit(gate.targets[0]) | bit(gate.targets[1]);
    pauli(both, both, turn, -1);
  }

  // exp(-i phi P) with turn = e^(i phi) and <i|P|i ^ flip> = power * (+-1 by the parity of i & parity), where
  // power = (-i)^(number of Ys).
  void pauli(std::uint64_t flip, std::uint64_t parity, Amplitude turn, Amplitude power) {
    seal(controls_ | flip | parity);
    Op& op = push(flip);
    const Amplitude odd = -kI * turn.im * power;
    if (std::popcount(parity) > 2) {
      op.parity = parity;
      set(op, 0, turn.re, odd, flip);
      return;
    }
    for (std::uint64_t rest = parity; rest; rest &= rest - 1) op.select[op.n_select++] = std::countr_zero(rest);
    for (int s = 0; s < op.n_entries(); ++s) set(op, s, turn.re, std::popcount(unsigned(s)) & 1 ? -odd : odd, flip);
  }

  static void set(Op& op, int entry, double even, Amplitude odd, std::uint64_t flip) {
    op.diag[entry] = flip ? Amplitude(even) : Amplitude(even) + odd;
    op.off[entry] = flip ? odd : 0;
  }

  void pauliexp(const Gate& gate) {
    const double time = gate.params[0];
    const std::size_t n_targets = gate.targets.size(), n_terms = (gate.params.size() - 1) / (1 + n_targets);
    std::vector<PauliTerm> terms;
    for (std::size_t k = 0; k < n_terms; ++k) {
      PauliTerm term{0, 0, {0, 0}};
      Amplitude coefficient = gate.params[1 + k];
      for (std::size_t j = 0; j < n_targets; ++j) {
        const int code = static_cast<int>(gate.params[1 + n_terms + k * n_targets + j]);
        if (code == 1 || code == 2) term.flip |= bit(gate.targets[j]);
        if (code == 2 || code == 3) term.parity |= bit(gate.targets[j]);
        if (code == 2) coefficient *= -kI;
      }
      term.coefficient = coefficient;
      if (gate.params[1 + k] != 0) terms.push_back(term);
    }
    evolve(time, terms);
  }

  static bool anticommute(const PauliTerm& one, const PauliTerm& other) {
    return (std::popcount(one.flip & other.parity) + std::popcount(other.flip & one.parity)) & 1;
  }

  // Terms that commute with all others are rotations of their own. Of the rest, sets that commute with each other
  // evolve one after the other: exact too, and with a smaller norm each.
  void evolve(double time, const std::vector<PauliTerm>& terms) {
    std::vector<std::size_t> leader(terms.size());
    std::iota(leader.begin(), leader.end(), 0);
    const auto find = [&](std::size_t k) {
      while (leader[k] != k) k = leader[k] = leader[leader[k]];
      return k;
    };
    for (std::size_t k = 0; k < terms.size(); ++k) {
      for (std::size_t j = 0; j < k; ++j) {
        if (anticommute(terms[j], terms[k])) leader[find(k)] = find(j);
      }
    }
    std::vector<std::vector<PauliTerm>> sets(terms.size());
    for (std::size_t k = 0; k < terms.size(); ++k) sets[find(k)].push_back(terms[k]);
    for (auto& set : sets) {
      if (set.size() == 1) rotate(time, set[0]);
      if (set.size() > 1) mix(time, std::move(set));
    }
  }

  void rotate(double time, const PauliTerm& term) {
    // Divide the sign and the powers of i off again: exp(-i phi P) needs phi real.
    Amplitude power = 1;
    for (int y = std::popcount(term.flip & term.parity); y > 0; --y) power *= -kI;
    const double phi = time * (term.coefficient.re * power.re + term.coefficient.im * power.im);
    if (!std::isfinite(phi)) throw std::invalid_argument("pauliexp: time times a coefficient is too large a number");
    if (term.flip || term.parity || controls_) pauli(term.flip, term.parity, unit(phi), power);
    // exp(-i phi) on nothing but controls: pauli() wrote cos - i sin, which is that phase.
  }

  void mix(double time, std::vector<PauliTerm> terms) {
    PauliSum sum{controls_, time, 0, std::move(terms)};
    Op op;
    op.controls = controls_;
    for (const PauliTerm& term : sum.terms) {
      sum.norm += std::hypot(term.coefficient.re, term.coefficient.im);
      op.flip |= term.flip;
      op.parity |= term.parity;
    }
    if (!(std::abs(time) * sum.norm <= kMaxEvolution)) {
      throw std::invalid_argument(
          "pauliexp: time times the sum of the coefficients of terms that do not commute is above 1e6");
    }
    seal(op.touched());
    op.sum = static_cast<std::int32_t>(recipe_.sums.size());
    recipe_.sums.push_back(std::move(sum));
    recipe_.ops.push_back(op);
  }

  Recipe& recipe_;
  std::uint64_t controls_ = 0;
  std::array<std::uint8_t, 64> place_{};
  std::array<std::int32_t, 64> last_{};  // by qubit: the operation that a one-qubit gate may still be merged into
};

}  // namespace

std::uint64_t used_qubits(const ProgramView& program, std::size_t circuit) {
  std::uint64_t used = 0;
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    if (static_cast<Opcode>(program.opcodes[gate]) == Opcode::NOP) continue;
    for (std::int64_t k = program.qubit_offsets[gate]; k < program.qubit_offsets[gate + 1]; ++k) {
      used |= std::uint64_t{1} << program.qubits[k];
    }
  }
  return used;
}

void write_recipe(const ProgramView& program, std::size_t circuit, std::uint64_t used, Recipe& recipe) {
  Writer writer(used, recipe);
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    writer.write(program.gate(gate));
  }
}

}  // namespace paultrap
