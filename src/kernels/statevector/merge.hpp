// Merges a circuit's gates into fewer operations on the state.
#pragma once

#include <array>
#include <cstdint>

#include "statevector/matrix.hpp"
#include "statevector/ops.hpp"

namespace paultrap {

// Gates come in, operations go out. On each qubit the last one-qubit gates are held back: as one matrix, or as a
// choice of two by the value of one other qubit (a cnot is {identity, x}), so that a cnot and its target's one-qubit
// gates pass over the state once. What is held back is written when a gate needs the qubit in a way that does not
// commute with it. Diagonal matrices commute with being a control, and so wait on.
class Merger {
 public:
  Merger(int n_qubits, Recipe& recipe);

  // `Gate` is a Matrix or one of the special shapes (statevector/matrix.hpp).
  template <class Gate>
  void one(int qubit, const Gate& gate) {
    Held& held = held_[place_[qubit]];
    if (!held.active) {
      held.active = true;
      held.m[0] = gate.matrix();
      return;
    }
    gate.follow(held.m[0]);
    if (held.control >= 0) gate.follow(held.m[1]);
  }

  template <class Gate>
  void controlled(int control, int qubit, const Gate& gate) {
    if (gate.is_diagonal()) {
      const Matrix m = gate.matrix();
      return diagonal(qubit, control, {1, 1, m.m00, m.m11});
    }
    choose_by(place_[control], place_[qubit]);
    gate.follow(held_[place_[qubit]].m[1]);
  }

  // A diagonal gate: the phase diag[v] where v is the value of `a` plus twice the value of `b`.
  void diagonal(int a, int b, const std::array<Amplitude, 4>& diag);
  // Relabels the qubits; `finish` moves the amplitudes where that is still needed.
  void swap(int a, int b);
  // Any other operation, on places as `place` gives them.
  void other(const Op& op);

  // Write what is held back and bring every qubit to its own place. Where nothing follows but measurement, phases that
  // no probability depends on are left out.
  void finish(bool measured);

  // Where a qubit's amplitudes lie now.
  int place(int qubit) const { return place_[qubit]; }

 private:
  struct Held {
    Matrix m[2];  // by the value of the control; where there is none, only the first
    std::int8_t control;
    bool active;

    bool is_diagonal() const { return !active || (control < 0 && m[0].is_diagonal()); }
  };

  void flush(int place);
  void flush_readers(int place);
  // Make `place` readable: what is held there may stay where it is diagonal.
  void settle(int place);
  // What is held at `place` becomes a choice by `control`, the same matrix for both of its values so far.
  void choose_by(int control, int place);
  void turn(Held& held);
  void drop_phases(int place);
  void write(int place, Held& held);
  void restore_places();

  const int n_qubits_;
  Recipe& recipe_;
  std::array<Held, 64> held_;
  std::array<std::uint64_t, 64> readers_;  // places whose held choice is made by this one
  std::array<std::uint8_t, 64> place_;
};

}  // namespace paultrap
