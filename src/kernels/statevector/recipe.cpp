// Turns the gates of a circuit into operations on the state.
#include "statevector/recipe.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "program/pauli_evolution.hpp"
#include "program/pauli_sets.hpp"

namespace paultrap {
namespace {

class Writer {
 public:
  Writer(std::uint64_t used, Recipe& recipe) : recipe_(recipe), merger_(std::popcount(used), recipe) {
    std::uint8_t next = 0;
    for (; used; used &= used - 1) slot_[std::countr_zero(used)] = next++;
    recipe_.n_qubits = next;
    recipe_.phase = {1, 0};
    recipe_.ops.clear();
    recipe_.sums.clear();
  }

  void finish(bool measured) { merger_.finish(measured); }

  void write(const Gate& gate) {
    controls_ = 0;
    for (const std::uint16_t qubit : gate.controls) controls_ |= bit(qubit);
    control_ = gate.controls.empty() ? 0 : slot_[gate.controls[0]];
    const auto slot = [&](int j) { return slot_[gate.targets[j]]; };
    const auto param = [&](int j) { return gate.params[j]; };
    switch (gate.opcode) {
      case Opcode::X: return one(slot(0), Exchange{});
      case Opcode::Y: return one(slot(0), Matrix{0, -kI, kI, 0});
      case Opcode::Z: return one(slot(0), Phase{-1});
      case Opcode::H: return one(slot(0), Real{kHalfRoot, kHalfRoot, kHalfRoot, -kHalfRoot});
      case Opcode::S: return one(slot(0), Phase{kI});
      case Opcode::SI: return one(slot(0), Phase{-kI});
      case Opcode::T: return one(slot(0), Phase{{kHalfRoot, kHalfRoot}});
      case Opcode::TI: return one(slot(0), Phase{{kHalfRoot, -kHalfRoot}});
      case Opcode::V: return one(slot(0), Matrix{{.5, .5}, {.5, -.5}, {.5, -.5}, {.5, .5}});
      case Opcode::VI: return one(slot(0), Matrix{{.5, -.5}, {.5, .5}, {.5, .5}, {.5, -.5}});
      case Opcode::RX: return rx(slot(0), half(param(0)));
      case Opcode::RY: return ry(slot(0), half(param(0)));
      case Opcode::RZ: return rz(slot(0), half(param(0)));
      case Opcode::XPOW: return one(slot(0), rotation(param(0), {0, 1, 1, 0}, half(param(0))));
      case Opcode::YPOW: return one(slot(0), rotation(param(0), {0, -kI, kI, 0}, half(param(0))));
      case Opcode::ZPOW: return one(slot(0), Phase{unit(param(0))});
      case Opcode::SWAP: return swap(slot(0), slot(1));
      case Opcode::XX: return pauli(bit(gate.targets[0]) | bit(gate.targets[1]), 0, half(param(0)), 1);
      case Opcode::YY: return yy(gate, half(param(0)));
      case Opcode::ZZ: return zz(slot(0), slot(1), half(param(0)));
      case Opcode::NATIVE_ZZ: return zz(slot(0), slot(1), from_turns(param(0) / 2));
      case Opcode::GPI: return one(slot(0), Matrix{0, from_turns(-param(0)), from_turns(param(0)), 0});
      case Opcode::GPI2:
        return one(slot(0), Matrix{kHalfRoot, -kI * kHalfRoot * from_turns(-param(0)),
                                   -kI * kHalfRoot * from_turns(param(0)), kHalfRoot});
      case Opcode::MS: return ms(slot(0), slot(1), gate.params);
      case Opcode::PAULIEXP: return evolve(gate.params[0], terms_of(gate));
      case Opcode::PAULIEXP_STEP: return product(gate.params[0], terms_of(gate));
    }
    each_piece(gate, [&](const Gate& piece) { write(piece); });
  }

 private:
  int place(std::uint16_t qubit) const { return merger_.place(slot_[qubit]); }
  std::uint64_t bit(std::uint16_t qubit) const { return std::uint64_t{1} << place(qubit); }

  static Amplitude half(double theta) { return unit(theta / 2); }

  // Rotations by the angle whose half is that of `turn`.
  void rx(int slot, Amplitude turn) { one(slot, Cross{turn.re, -turn.im}); }
  void ry(int slot, Amplitude turn) { one(slot, Real{turn.re, -turn.im, turn.im, turn.re}); }
  void rz(int slot, Amplitude turn) { one(slot, Diagonal{conj(turn), turn}); }

  template <class Gate>
  void one(int slot, const Gate& gate) {
    if (!controls_) return merger_.one(slot, gate);
    if (std::has_single_bit(controls_)) return merger_.controlled(control_, slot, gate);
    const Matrix m = gate.matrix();
    Op op;
    op.controls = controls_;
    op.set_matrix(merger_.place(slot), m.m00, m.m01, m.m10, m.m11);
    merger_.other(op);
  }

  // An operation that mixes along both qubits; its entries are to be filled in.
  Op two(int a, int b) const {
    Op op;
    op.controls = controls_;
    op.n_select = 2;
    op.select[0] = static_cast<std::uint8_t>(merger_.place(a));
    op.select[1] = static_cast<std::uint8_t>(merger_.place(b));
    op.flip = std::uint64_t{1} << op.select[0] | std::uint64_t{1} << op.select[1];
    return op;
  }

  void swap(int a, int b) {
    if (!controls_) return merger_.swap(a, b);
    Op op = two(a, b);
    op.set_swap();
    merger_.other(op);
  }

  // gpi(phase) = B z B with B = (z + gpi(phase)) / sqrt 2, its own inverse. So ms is a zz between one-qubit gates, which
  // merge with those before and behind it.
  void ms(int a, int b, std::span<const double> params) {
    const Matrix first = basis_of_gpi(params[0]), second = basis_of_gpi(params[1]);
    one(a, first);
    one(b, second);
    zz(a, b, from_turns(params[2] / 2));
    one(a, first);
    one(b, second);
  }

  static Matrix basis_of_gpi(double phase) {
    const Amplitude up = kHalfRoot * from_turns(phase);
    return {kHalfRoot, conj(up), up, -kHalfRoot};
  }

  void zz(int a, int b, Amplitude turn) {
    if (controls_) {
      return pauli(0, std::uint64_t{1} << merger_.place(a) | std::uint64_t{1} << merger_.place(b), turn, 1);
    }
    merger_.diagonal(a, b, {conj(turn), turn, turn, conj(turn)});
  }

  void yy(const Gate& gate, Amplitude turn) {
    const std::uint64_t both = bit(gate.targets[0]) | bit(gate.targets[1]);
    pauli(both, both, turn, -1);
  }

  // exp(-i phi P) with turn = e^(i phi) and <i|P|i ^ flip> = power * (+-1 by the parity of i & parity), where
  // power = (-i)^(number of Ys).
  void pauli(std::uint64_t flip, std::uint64_t parity, Amplitude turn, Amplitude power) {
    Op op;
    op.flip = flip;
    op.controls = controls_;
    const Amplitude odd = -kI * turn.im * power;
    if (std::popcount(parity) > 2) {
      op.parity = parity;
      set(op, 0, turn.re, odd, flip);
      return merger_.other(op);
    }
    for (std::uint64_t rest = parity; rest; rest &= rest - 1) op.select[op.n_select++] = std::countr_zero(rest);
    for (int s = 0; s < op.n_entries(); ++s) set(op, s, turn.re, std::popcount(unsigned(s)) & 1 ? -odd : odd, flip);
    merger_.other(op);
  }

  static void set(Op& op, int entry, double even, Amplitude odd, std::uint64_t flip) {
    op.diag[entry] = flip ? Amplitude(even) : Amplitude(even) + odd;
    op.off[entry] = flip ? odd : 0;
  }

  // The terms of a pauliexp whose coefficients are not 0, in their order.
  std::vector<PauliTerm> terms_of(const Gate& gate) const {
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
    return terms;
  }

  // A product formula of first order in one step: the first term acts first.
  void product(double time, const std::vector<PauliTerm>& terms) {
    for (const PauliTerm& term : terms) rotate(time, term);
  }

  // Terms that commute with all others are rotations of their own. Of the rest, sets that commute with each other
  // evolve one after the other: exact too, and with a smaller norm each.
  void evolve(double time, const std::vector<PauliTerm>& terms) {
    std::vector<std::uint64_t> strings;
    for (const PauliTerm& term : terms) strings.insert(strings.end(), {term.flip, term.parity});
    for (const std::vector<std::size_t>& members : linked_sets(strings, 1)) {
      if (members.size() == 1) {
        rotate(time, terms[members[0]]);
        continue;
      }
      std::vector<PauliTerm> set;
      for (const std::size_t member : members) set.push_back(terms[member]);
      mix(time, std::move(set));
    }
  }

  void rotate(double time, const PauliTerm& term) {
    // Divide the sign and the powers of i off again: exp(-i phi P) needs phi real.
    Amplitude power = 1;
    for (int y = std::popcount(term.flip & term.parity); y > 0; --y) power *= -kI;
    const double phi = time * (term.coefficient.re * power.re + term.coefficient.im * power.im);
    if (term.flip || term.parity || controls_) pauli(term.flip, term.parity, unit(phi), power);
    // exp(-i phi) on nothing but controls: pauli() wrote cos - i sin, which is that phase.
  }

  static double norm_of(const std::vector<PauliTerm>& terms) {
    double norm = 0;
    for (const PauliTerm& term : terms) norm += std::hypot(term.coefficient.re, term.coefficient.im);
    return norm;
  }

  void mix(double time, std::vector<PauliTerm> terms) {
    PauliSum sum{controls_, time, norm_of(terms), std::move(terms)};
    // Amplitudes may have single precision, whose numbers end at 3e38.
    if (!(sum.norm < kLargeFactor && std::abs(time) < kLargeFactor)) {
      for (PauliTerm& term : sum.terms) term.coefficient = Amplitude(term.coefficient) * Amplitude(time);
      sum.norm = norm_of(sum.terms);
      sum.time = 1;
    }
    Op op;
    op.controls = controls_;
    for (const PauliTerm& term : sum.terms) {
      op.flip |= term.flip;
      op.parity |= term.parity;
    }
    op.sum = static_cast<std::int32_t>(recipe_.sums.size());
    recipe_.sums.push_back(std::move(sum));
    merger_.other(op);
  }

  Recipe& recipe_;
  Merger merger_;
  std::uint64_t controls_ = 0;  // places of the present gate's controls
  int control_ = 0;             // the first of them
  std::array<std::uint8_t, 64> slot_{};  // a qubit's number among those used
};

}  // namespace

void write_recipe(const ProgramView& program, std::span<const Stretch> stretches, std::uint64_t used,
                  bool measured, Recipe& recipe) {
  Writer writer(used, recipe);
  for (const Stretch& stretch : stretches) {
    for (std::int64_t gate = stretch.first; gate < stretch.last; ++gate) writer.write(program.gate(gate));
  }
  writer.finish(measured);
}

}  // namespace paultrap
