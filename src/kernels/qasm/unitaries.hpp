// Unitaries on one qubit as gates of the table, and what is left of an angle: one rule for programs that are flat and
// for all others.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "program/gates.hpp"

namespace paultrap::qasm {

// A finite angle in radians less whole double turns, which no rotation shows: the nearest double to what is left.
double reduced(double angle);

// e^(i phase) (w - i (x X + y Y + z Z)), of which the squares of w, x, y and z add up to 1.
struct Unitary {
  double phase = 0;
  std::array<double, 4> parts{1, 0, 0, 0};
};

// Rz(phi) Ry(theta) Rz(lam), and a phase of half of the sum of angles.
Unitary euler(double theta, double phi, double lam, std::span<const double> half_of);

// What a gate of a unitary is on.
enum class On : std::uint8_t { kTarget, kTargetUnderControls, kControls };

struct Turn {
  Opcode opcode = Opcode::ZPOW;
  double angle = 0;
  On on = On::kTarget;
};

inline constexpr std::size_t kMostTurns = 6;

// The gates that make up a unitary: up to a phase, or with it where it is under controls.
Few<Turn, kMostTurns> turns_of(const Unitary& unitary, bool is_controlled);

}  // namespace paultrap::qasm
