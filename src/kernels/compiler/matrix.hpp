// Two-by-two and four-by-four unitaries of the compiler, and the axis that a two-by-two one turns about.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "statevector/matrix.hpp"

namespace paultrap {

constexpr Matrix kPauliX{0, 1, 1, 0};
constexpr Matrix kPauliZ{1, 0, 0, -1.0};
constexpr Matrix kHadamard{kHalfRoot, kHalfRoot, kHalfRoot, -kHalfRoot};
// exp(-i pi/4 X): takes the y axis to the z axis.
constexpr Matrix kQuarterX{kHalfRoot, {0, -kHalfRoot}, {0, -kHalfRoot}, kHalfRoot};

inline double norm(Amplitude a) { return a.re * a.re + a.im * a.im; }
inline double argument(Amplitude a) { return std::atan2(a.im, a.re); }

// `later` after `earlier`.
inline Matrix product(const Matrix& later, Matrix earlier) {
  later.follow(earlier);
  return earlier;
}

inline Matrix adjoint(const Matrix& m) { return {conj(m.m00), conj(m.m10), conj(m.m01), conj(m.m11)}; }

// Angles beyond are brought near 0 by way of their sine and cosine, which are exact: sums of large ones lose digits, and
// of the largest they overflow. Smaller ones stay, bit for bit.
constexpr double kLargeAngle = 64;
constexpr double kLargeTurns = 16;

// An angle of the same rotation exp(-i phi P), where |phi| is at most pi if it was large.
inline double near_zero(double phi) { return std::abs(phi) < kLargeAngle ? phi : argument(unit(phi)); }

// A number of the same parity of turns.
inline double near_zero_turns(double turns) {
  return std::abs(turns) < kLargeTurns ? turns : std::remainder(turns, 2.0);
}

inline Matrix rotation_z(double angle) { return {unit(-angle / 2), 0, 0, unit(angle / 2)}; }

inline Matrix phase_gate(double angle) { return {1, 0, 0, unit(angle)}; }

// U = e^(i phase) frame Rz(angle) frame^dagger.
struct Turn {
  Matrix frame;
  double angle, phase;

  Matrix power(double exponent) const {
    return unit(exponent * phase) * product(frame, product(rotation_z(exponent * angle), adjoint(frame)));
  }
};

inline Turn turn_of(const Matrix& u) {
  const double phase = argument(u.m00 * u.m11 + -(u.m01 * u.m10)) / 2;
  const Matrix s = unit(-phase) * u;  // cos(angle/2) - i sin(angle/2) n . sigma
  double x = -(s.m01.im + s.m10.im) / 2, y = (s.m10.re - s.m01.re) / 2, z = (s.m11.im - s.m00.im) / 2;
  const double sine = std::sqrt(x * x + y * y + z * z);
  double angle = 2 * std::atan2(sine, (s.m00.re + s.m11.re) / 2);
  if (sine == 0) return {kIdentity, angle, phase};
  // The half sphere nearer to z keeps the frame's formula away from its pole.
  const double sign = z < 0 ? -1 : 1;
  angle *= sign;
  x *= sign / sine, y *= sign / sine, z *= sign / sine;
  const double scale = 1 / std::sqrt(2 * (1 + z));
  const Amplitude low{x * scale, y * scale}, high{(1 + z) * scale};
  return {{high, -conj(low), low, high}, angle, phase};
}

// Row by row; bit 0 of an index is the first qubit of the pair.
using Matrix4 = std::array<Amplitude, 16>;

inline Matrix4 product(const Matrix4& later, const Matrix4& earlier) {
  Matrix4 result;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      Amplitude sum = 0;
      for (int k = 0; k < 4; ++k) sum = sum + later[4 * row + k] * earlier[4 * k + column];
      result[4 * row + column] = sum;
    }
  }
  return result;
}

inline Matrix4 both(const Matrix& first, const Matrix& second) {
  const auto entry = [](const Matrix& m, int row, int column) {
    return row ? (column ? m.m11 : m.m10) : (column ? m.m01 : m.m00);
  };
  Matrix4 result;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      result[4 * row + column] = entry(first, row & 1, column & 1) * entry(second, row >> 1, column >> 1);
    }
  }
  return result;
}

// exp(-i angle/2 Z Z) after m.
inline void follow_zz(double angle, Matrix4& m) {
  const Amplitude even = unit(-angle / 2), odd = unit(angle / 2);
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) m[4 * row + column] *= row == 1 || row == 2 ? odd : even;
  }
}

// The largest difference of two unitaries once their phases are made equal.
inline double distance(const Matrix4& a, const Matrix4& b) {
  Amplitude overlap = 0;
  for (int k = 0; k < 16; ++k) overlap = overlap + conj(a[k]) * b[k];
  if (norm(overlap) == 0) return 1;
  const Amplitude phase = overlap * (1 / std::sqrt(norm(overlap)));
  double most = 0;
  for (int k = 0; k < 16; ++k) most = std::max(most, norm(phase * a[k] + -b[k]));
  return std::sqrt(most);
}

}  // namespace paultrap
