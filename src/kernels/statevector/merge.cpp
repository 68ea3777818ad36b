// Merges the gates of a circuit, and puts off diagonal ones, until few operations are left.
#include "statevector/merge.hpp"

#include <bit>
#include <utility>

namespace paultrap {
namespace {

constexpr std::uint64_t bit(int place) { return std::uint64_t{1} << place; }

// Turning a matrix so that it takes less arithmetic is itself arithmetic: on smaller states it does not pay.
constexpr int kWorthTurning = 9;

// A phase whose product with `a` is real and positive.
Amplitude phase_to_real(Amplitude a) {
  if (a.im == 0) return a.re < 0 ? -1 : 1;
  if (a.re == 0) return a.im < 0 ? kI : -kI;
  const double length = std::sqrt(a.re * a.re + a.im * a.im);
  return {a.re / length, -a.im / length};
}

// Turn a row of a unitary matrix so that its larger element is real: no probability changes.
void drop_phase(Amplitude& one, Amplitude& other) {
  if (is_zero(other)) return void(one = 1);
  if (is_zero(one)) return void(other = 1);
  const bool first = one.re * one.re + one.im * one.im >= other.re * other.re + other.im * other.im;
  Amplitude& pivot = first ? one : other;
  const Amplitude factor = phase_to_real(pivot);
  one *= factor;
  other *= factor;
  pivot.im = 0;
}

}  // namespace

Merger::Merger(int n_qubits, Recipe& recipe) : n_qubits_(n_qubits), recipe_(recipe) {
  for (int qubit = 0; qubit < n_qubits; ++qubit) {
    held_[qubit].active = false;
    held_[qubit].control = -1;
    readers_[qubit] = 0;
    place_[qubit] = static_cast<std::uint8_t>(qubit);
  }
}

void Merger::choose_by(int control, int place) {
  settle(control);
  Held& held = held_[place];
  if (held.control == control) return;
  if (held.control >= 0) flush(place);
  if (!held.active) held.m[0] = kIdentity;
  held.m[1] = held.m[0];
  held.active = true;
  held.control = static_cast<std::int8_t>(control);
  readers_[control] |= bit(place);
}

void Merger::diagonal(int a, int b, const std::array<Amplitude, 4>& diag) {
  const bool first = !held_[place_[a]].is_diagonal();
  const int place = place_[first ? a : b], other_place = place_[first ? b : a];
  settle(other_place);
  const Held& held = held_[place];
  if (!held.is_diagonal() && (held.control < 0 || held.control == other_place)) {
    choose_by(other_place, place);
    const Amplitude low = first ? diag[1] : diag[2], high = first ? diag[2] : diag[1];
    Diagonal{diag[0], low}.follow(held_[place].m[0]);
    return Diagonal{high, diag[3]}.follow(held_[place].m[1]);
  }
  settle(place);
  Op& op = recipe_.ops.emplace_back();
  op.n_select = 2;
  op.select[0] = place_[a];
  op.select[1] = place_[b];
  for (int s = 0; s < 4; ++s) {
    op.diag[s] = diag[s];
    op.off[s] = {0, 0};
  }
}

void Merger::swap(int a, int b) { std::swap(place_[a], place_[b]); }

void Merger::other(const Op& op) {
  for (std::uint64_t left = op.touched(); left; left &= left - 1) {
    const int place = std::countr_zero(left);
    if (!(op.flip >> place & 1)) {
      settle(place);
      continue;
    }
    flush_readers(place);
    flush(place);
  }
  recipe_.ops.push_back(op);
}

void Merger::settle(int place) {
  if (!held_[place].is_diagonal()) flush(place);
}

void Merger::flush_readers(int place) {
  for (std::uint64_t left = readers_[place]; left; left &= left - 1) flush(std::countr_zero(left));
}

void Merger::flush(int place) {
  Held& held = held_[place];
  if (!held.active) return;
  if (!held.is_diagonal()) flush_readers(place);
  write(place, held);
  if (held.control >= 0) readers_[held.control] &= ~bit(place);
  held.active = false;
  held.control = -1;
}

void Merger::write(int place, Held& held) {
  const bool chosen = held.control >= 0;
  if (n_qubits_ >= kWorthTurning) turn(held);
  const Matrix& m = held.m[0];
  Op& op = recipe_.ops.emplace_back();
  op.set_matrix(place, m.m00, m.m01, m.m10, m.m11);
  if (!chosen) return;
  const Matrix& other = held.m[1];
  op.n_select = 2;
  op.select[1] = static_cast<std::uint8_t>(held.control);
  if (!other.is_diagonal()) op.flip = bit(place);
  op.diag[2] = other.m00;
  op.diag[3] = other.m11;
  op.off[2] = other.m01;
  op.off[3] = other.m10;
}

// Take a factor out that makes the first entry real, or one where the matrix is diagonal.
void Merger::turn(Held& held) {
  Matrix& m = held.m[0];
  const Amplitude factor = phase_to_real(is_zero(m.m00) ? m.m01 : m.m00);
  if (factor.re != 1) {
    recipe_.phase = conj(factor) * recipe_.phase;
    m = factor * m;
    if (held.control >= 0) held.m[1] = factor * held.m[1];
  }
  if (m.is_diagonal()) m.m00 = 1;
}

void Merger::drop_phases(int place) {
  Held& held = held_[place];
  // The choice itself must not be followed by anything that reads its phase.
  if (!held.active || (held.control >= 0 && !held_[held.control].is_diagonal())) return;
  if (held.is_diagonal()) return void(held.active = false);
  if (n_qubits_ < kWorthTurning) return;
  for (Matrix& m : held.m) {
    drop_phase(m.m00, m.m01);
    drop_phase(m.m11, m.m10);
    if (held.control < 0) break;
  }
}

void Merger::finish(bool measured) {
  for (int place = 0; measured && place < n_qubits_; ++place) drop_phases(place);
  for (int place = 0; place < n_qubits_; ++place) flush(place);
  restore_places();
}

void Merger::restore_places() {
  for (int qubit = 0; qubit < n_qubits_; ++qubit) {
    while (place_[qubit] != qubit) {
      const int from = place_[qubit];
      Op& op = recipe_.ops.emplace_back();
      op.flip = bit(from) | bit(qubit);
      op.n_select = 2;
      op.select[0] = static_cast<std::uint8_t>(from);
      op.select[1] = static_cast<std::uint8_t>(qubit);
      op.set_swap();
      for (int each = 0; each < n_qubits_; ++each) {
        if (place_[each] == qubit) {
          place_[each] = static_cast<std::uint8_t>(from);
          break;
        }
      }
      place_[qubit] = static_cast<std::uint8_t>(qubit);
    }
  }
}

}  // namespace paultrap
