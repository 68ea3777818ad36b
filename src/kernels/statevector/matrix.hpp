// Two-by-two matrices of one-qubit gates.
#pragma once

#include <cmath>
#include <numbers>

#include "statevector/ops.hpp"

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

// Row by row. The gate that a matrix stands for comes after what is in another by `follow`; so do those of the special
// shapes below, with less arithmetic.
struct Matrix {
  Amplitude m00, m01, m10, m11;

  bool is_diagonal() const { return is_zero(m01) && is_zero(m10); }
  const Matrix& matrix() const { return *this; }
  void follow(Matrix& m) const {
    m = {m00 * m.m00 + m01 * m.m10, m00 * m.m01 + m01 * m.m11, m10 * m.m00 + m11 * m.m10, m10 * m.m01 + m11 * m.m11};
  }
};

constexpr Matrix kIdentity{1, 0, 0, 1};

constexpr Matrix operator*(Amplitude factor, const Matrix& m) {
  return {factor * m.m00, factor * m.m01, factor * m.m10, factor * m.m11};
}

// [[d0, 0], [0, d1]]
struct Diagonal {
  Amplitude d0, d1;

  bool is_diagonal() const { return true; }
  Matrix matrix() const { return {d0, 0, 0, d1}; }
  void follow(Matrix& m) const { m = {d0 * m.m00, d0 * m.m01, d1 * m.m10, d1 * m.m11}; }
};

// [[1, 0], [0, d1]]
struct Phase {
  Amplitude d1;

  bool is_diagonal() const { return true; }
  Matrix matrix() const { return {1, 0, 0, d1}; }
  void follow(Matrix& m) const {
    m.m10 = d1 * m.m10;
    m.m11 = d1 * m.m11;
  }
};

// [[0, 1], [1, 0]]
struct Exchange {
  bool is_diagonal() const { return false; }
  Matrix matrix() const { return {0, 1, 1, 0}; }
  void follow(Matrix& m) const { m = {m.m10, m.m11, m.m00, m.m01}; }
};

// [[a, b], [c, d]], all real.
struct Real {
  double a, b, c, d;

  bool is_diagonal() const { return b == 0 && c == 0; }
  Matrix matrix() const { return {a, b, c, d}; }
  void follow(Matrix& m) const {
    m = {mixed(a, m.m00, b, m.m10), mixed(a, m.m01, b, m.m11), mixed(c, m.m00, d, m.m10), mixed(c, m.m01, d, m.m11)};
  }

 private:
  static Amplitude mixed(double x, Amplitude v, double y, Amplitude w) {
    return {x * v.re + y * w.re, x * v.im + y * w.im};
  }
};

// [[c, i s], [i s, c]], c and s real.
struct Cross {
  double c, s;

  bool is_diagonal() const { return s == 0; }
  Matrix matrix() const { return {c, {0, s}, {0, s}, c}; }
  void follow(Matrix& m) const {
    m = {mixed(m.m00, m.m10), mixed(m.m01, m.m11), mixed(m.m10, m.m00), mixed(m.m11, m.m01)};
  }

 private:
  Amplitude mixed(Amplitude v, Amplitude w) const { return {c * v.re - s * w.im, c * v.im + s * w.re}; }
};

// phase * exp(-i theta/2 A) for an A whose square is the identity.
inline Matrix rotation(double theta, const Matrix& a, Amplitude phase) {
  const Amplitude c = phase * std::cos(theta / 2), s = -kI * phase * std::sin(theta / 2);
  return {c + s * a.m00, s * a.m01, s * a.m10, c + s * a.m11};
}

}  // namespace paultrap
