// Tests of unitaries on one qubit: that the gates they become are the same unitary; and of what is left of angles.
#include "qasm/unitaries.hpp"

#include <cmath>
#include <complex>
#include <initializer_list>
#include <numbers>

#include "testing/testing.hpp"

using namespace paultrap;
using namespace paultrap::qasm;

namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;

struct Matrix {
  Complex a = 1, b = 0, c = 0, d = 1;

  Matrix after(const Matrix& first) const {
    return {a * first.a + b * first.c, a * first.b + b * first.d, c * first.a + d * first.c, c * first.b + d * first.d};
  }
};

Matrix matrix(const Turn& turn) {
  const double half = turn.angle / 2;
  const Complex i(0, 1), around = std::exp(i * half), cosine = std::cos(half);
  const double sine = std::sin(half);
  if (turn.opcode == Opcode::RY) return {cosine, -sine, sine, cosine};
  if (turn.opcode == Opcode::RZ) return {std::conj(around), 0, 0, around};
  if (turn.opcode == Opcode::ZPOW) return {1, 0, 0, around * around};
  if (turn.opcode == Opcode::YPOW) return {around * cosine, -around * sine, around * sine, around * cosine};
  return {around * cosine, -i * around * sine, -i * around * sine, around * cosine};
}

// U as the version 3 defines it: matrix and phase.
Matrix expected(double theta, double phi, double lam, double phase) {
  const Complex i(0, 1), before = std::exp(i * (phase - (phi + lam) / 2));
  const double cosine = std::cos(theta / 2), sine = std::sin(theta / 2);
  return {before * cosine, -before * std::exp(i * lam) * sine, before * std::exp(i * phi) * sine,
          before * std::exp(i * (phi + lam)) * cosine};
}

double distance(const Matrix& one, const Matrix& other) {
  return std::abs(one.a - other.a) + std::abs(one.b - other.b) + std::abs(one.c - other.c) + std::abs(one.d - other.d);
}

}  // namespace

TEST(turns_are_the_unitary) {
  const double angles[] = {0, 1e-9, -0.3, 1, kPi / 2, -kPi / 2, kPi, -kPi, 2 * kPi, 3, 4 * kPi, -7.5, 100};
  for (const double theta : angles) {
    for (const double phi : angles) {
      for (const double lam : angles) {
        const double half_of[] = {phi, lam, 0.4};
        const Unitary unitary = euler(theta, phi, lam, half_of);
        const Matrix wanted = expected(theta, phi, lam, (phi + lam + 0.4) / 2);
        Matrix free, under;
        for (const Turn& turn : turns_of(unitary, false)) {
          CHECK(turn.on == On::kTarget);
          free = matrix(turn).after(free);
        }
        // Under a control that is 1 a phase on the control is one of the whole; where it is 0, only frames are left.
        Matrix off;
        Complex phase = 1;
        for (const Turn& turn : turns_of(unitary, true)) {
          if (turn.on == On::kControls) {
            phase *= std::exp(Complex(0, turn.angle));
            continue;
          }
          under = matrix(turn).after(under);
          if (turn.on == On::kTarget) off = matrix(turn).after(off);
        }
        under = Matrix{phase, 0, 0, phase}.after(under);
        CHECK(distance(under, wanted) < 1e-13);
        CHECK(distance(off, {}) < 1e-13);
        // Up to a phase.
        const Complex around = std::abs(wanted.a) > 0.5 ? wanted.a / free.a : wanted.c / free.c;
        CHECK(distance(Matrix{around, 0, 0, around}.after(free), wanted) < 1e-13);
      }
    }
  }
}

TEST(no_more_than_double_turns_are_taken) {
  CHECK(reduced(4 * kPi) == 4 * kPi && reduced(-4 * kPi) == -4 * kPi);
  CHECK(std::signbit(reduced(-0.0)));
  for (const double angle : {12.6, 13.0, 18.0, 1e3, 123456.789, 1e6}) {
    const double found = reduced(angle);
    CHECK(std::abs(found) <= 2 * kPi);
    CHECK(std::abs(std::sin(found / 2) - std::sin(angle / 2)) < 1e-15);
    CHECK(std::abs(std::cos(found / 2) - std::cos(angle / 2)) < 1e-15);
    CHECK(reduced(-angle) == -found);
  }
  // The C library reduces large angles exactly, too.
  for (double angle = 1e7; angle < 1e308; angle *= 9.7e3) {
    CHECK(std::abs(std::sin(reduced(angle)) - std::sin(angle)) < 1e-15);
    CHECK(std::abs(std::cos(reduced(angle)) - std::cos(angle)) < 1e-15);
  }
}
