// Two-by-two matrices of one-qubit gates.
#pragma once

#include <cmath>
#include <numbers>

#include "statevector_ops.hpp"

namespace paultrap {

constexpr double kHalfRoot = 0.70710678118654752440;

// Complex arithmetic without the care that std::complex takes of infinities: every parameter is finite.
struct Amplitude : Complex {
  Amplitude() = default;
  constexpr Amplitude(double real, double imag = 0) : Complex{real, imag} {}
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
inline Amplitude unit(double angle) { return {std::cos(angle), std::sin(angle)}; }

// e^(2 pi i turns), exact at quarter turns.
inline Amplitude from_turns(double turns) {
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

// Row by row.
struct Matrix {
  Amplitude m00, m01, m10, m11;

  bool is_diagonal() const { return is_zero(m01) && is_zero(m10); }
};

constexpr Matrix kIdentity{1, 0, 0, 1};

// The matrix of the gate `right` followed by the gate `left`.
constexpr Matrix operator*(const Matrix& left, const Matrix& right) {
  return {left.m00 * right.m00 + left.m01 * right.m10, left.m00 * right.m01 + left.m01 * right.m11,
          left.m10 * right.m00 + left.m11 * right.m10, left.m10 * right.m01 + left.m11 * right.m11};
}

constexpr Matrix operator*(Amplitude factor, const Matrix& m) {
  return {factor * m.m00, factor * m.m01, factor * m.m10, factor * m.m11};
}

// phase * exp(-i theta/2 A) for an A whose square is the identity.
inline Matrix rotation(double theta, const Matrix& a, Amplitude phase) {
  const Amplitude c = phase * std::cos(theta / 2), s = -kI * phase * std::sin(theta / 2);
  return {c + s * a.m00, s * a.m01, s * a.m10, c + s * a.m11};
}

}  // namespace paultrap
