// The canonical form of a two-qubit unitary.
#pragma once

#include <optional>

#include "compiler/steps.hpp"

namespace paultrap {

// Up to a phase: (after[0], after[1]) exp(-i/2 (xx XX + yy YY + zz ZZ)) (before[0], before[1]).
struct Weyl {
  Matrix before[2], after[2];
  double xx, yy, zz;  // radians, in [-pi/2, pi/2]

  int entanglers() const;
  void add(Steps& steps, Qubit a, Qubit b) const;
};

// How many entanglers the canonical form takes, or fewer by an error of rounding, in less time than it takes to find it.
int interactions_of(const Matrix4& unitary);

// Nothing where rounding spoiled the answer, which is compared with the unitary.
std::optional<Weyl> weyl_of(const Matrix4& unitary);

}  // namespace paultrap
