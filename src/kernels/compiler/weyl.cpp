// Finds the canonical form of a two-qubit unitary. The decomposition of B. Kraus and J. I. Cirac, Phys. Rev. A 63,
// 062309 (2001): in the magic basis local unitaries are real, so that m = M^T M has lost what is done after, and its
// eigenvectors give what is done before.
#include "compiler/weyl.hpp"

#include <numbers>
#include <utility>

namespace paultrap {
namespace {

using std::numbers::pi;
using Real4 = std::array<double, 16>;

constexpr double kNone = 1e-13;  // radians of interaction that are rounding
constexpr double kClose = 3e-13;

constexpr Amplitude kHalf = kHalfRoot, kHalfImaginary{0, kHalfRoot};
constexpr Matrix4 kMagic{kHalf, kHalfImaginary, 0, 0,                  //
                         0, 0, kHalfImaginary, kHalf,                  //
                         0, 0, kHalfImaginary, Amplitude(-kHalfRoot),  //
                         kHalf, Amplitude(0, -kHalfRoot), 0, 0};

Matrix4 adjoint(const Matrix4& m) {
  Matrix4 result;
  for (int k = 0; k < 16; ++k) result[k] = conj(m[4 * (k % 4) + k / 4]);
  return result;
}

Matrix4 transpose(const Matrix4& m) {
  Matrix4 result;
  for (int k = 0; k < 16; ++k) result[k] = m[4 * (k % 4) + k / 4];
  return result;
}

Amplitude determinant(Matrix4 m) {
  Amplitude result = 1;
  for (int column = 0; column < 4; ++column) {
    int pivot = column;
    for (int row = column; row < 4; ++row) {
      if (norm(m[4 * row + column]) > norm(m[4 * pivot + column])) pivot = row;
    }
    const Amplitude head = m[4 * pivot + column];
    if (pivot != column) {
      result = -result;
      for (int k = 0; k < 4; ++k) std::swap(m[4 * pivot + k], m[4 * column + k]);
    }
    result *= head;
    const Amplitude inverse = conj(head) * (1 / norm(head));
    for (int row = column + 1; row < 4; ++row) {
      const Amplitude factor = m[4 * row + column] * inverse;
      for (int k = column; k < 4; ++k) m[4 * row + k] = m[4 * row + k] + -(factor * m[4 * column + k]);
    }
  }
  return result;
}

// Turn rows and columns p and q of a symmetric matrix, or only columns.
void turn_columns(Real4& m, int p, int q, double c, double s) {
  for (int row = 0; row < 4; ++row) {
    const double x = m[4 * row + p], y = m[4 * row + q];
    m[4 * row + p] = c * x + s * y;
    m[4 * row + q] = c * y - s * x;
  }
}

void turn_both(Real4& m, int p, int q, double c, double s) {
  turn_columns(m, p, q, c, s);
  for (int column = 0; column < 4; ++column) {
    const double x = m[4 * p + column], y = m[4 * q + column];
    m[4 * p + column] = c * x + s * y;
    m[4 * q + column] = c * y - s * x;
  }
}

// The orthogonal matrix whose columns are eigenvectors of both of two symmetric matrices that commute: Jacobi's
// rotations, each by the angle best for both at once (J.-F. Cardoso, A. Souloumiac, SIAM J. Matrix Anal. Appl. 17, 161
// (1996)), to which equal eigenvalues of either are no trouble.
Real4 common_eigenvectors(Real4 a, Real4 b) {
  constexpr int kMostSweeps = 30;
  constexpr double kSmall = 1e-9, kNoise = 1e-31;
  Real4 vectors{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    double most = 0;
    for (int p = 0; p < 3; ++p) {
      for (int q = p + 1; q < 4; ++q) {
        double diagonal = 0, off = 0;
        for (const Real4& m : {std::cref(a), std::cref(b)}) {
          const double x = m[5 * p] - m[5 * q], y = 2 * m[4 * p + q];
          diagonal += x * x - y * y;
          off += 2 * x * y;
        }
        if (std::abs(off) + std::abs(diagonal) < kNoise) continue;  // equal eigenvalues: any angle would do
        const double angle = std::atan2(off, diagonal) / 4;
        const double c = std::cos(angle), s = std::sin(angle);
        turn_both(a, p, q, c, s);
        turn_both(b, p, q, c, s);
        turn_columns(vectors, p, q, c, s);
        most = std::max(most, std::abs(s));
      }
    }
    if (most < kSmall) break;  // the next sweep's would be of the order of its square
  }
  return vectors;
}

double determinant(const Real4& m) {
  Matrix4 complex;
  for (int k = 0; k < 16; ++k) complex[k] = m[k];
  return determinant(complex).re;
}

// The factors of a matrix that is a product of one-qubit unitaries.
void split(const Matrix4& m, Matrix& first, Matrix& second) {
  int best = 0;
  for (int k = 0; k < 16; ++k) {
    if (norm(m[k]) > norm(m[best])) best = k;
  }
  const int row = best / 4, column = best % 4;
  const auto at = [&](int r, int c) { return m[4 * r + c]; };
  const auto of_first = [&](int r, int c) { return at((row & 2) | r, (column & 2) | c); };
  const auto of_second = [&](int r, int c) { return at((row & 1) | 2 * r, (column & 1) | 2 * c); };
  first = {of_first(0, 0), of_first(0, 1), of_first(1, 0), of_first(1, 1)};
  second = {of_second(0, 0), of_second(0, 1), of_second(1, 0), of_second(1, 1)};
  const auto normalize = [](Matrix& factor) {
    const double length = std::sqrt((norm(factor.m00) + norm(factor.m01) + norm(factor.m10) + norm(factor.m11)) / 2);
    factor = Amplitude(1 / length) * factor;
  };
  normalize(first);
  normalize(second);
}

// Bring an angle to [-pi/2, pi/2]; what is left out, exp(-i pi/2 P P), is P on both qubits.
double reduce(double angle, const Matrix& pauli, Matrix (&after)[2]) {
  const double rest = std::remainder(angle, pi);
  if (std::llround((angle - rest) / pi) % 2 != 0) {
    for (Matrix& m : after) m = product(m, pauli);
  }
  return std::abs(rest) < kNone ? 0 : rest;
}

Matrix4 matrix_of(const Steps& steps) {
  Matrix4 result = both(kIdentity, kIdentity);
  for (const Step& step : steps.list()) {
    if (step.entangles) {
      follow_zz(step.angle, result);
    } else {
      result = product(step.a == 0 ? both(step.matrix, kIdentity) : both(kIdentity, step.matrix), result);
    }
  }
  return result;
}

}  // namespace

int Weyl::entanglers() const { return (xx != 0) + (yy != 0) + (zz != 0); }

void Weyl::add(Steps& steps, Qubit a, Qubit b) const {
  const auto on_both = [&](const Matrix& m) {
    steps.one(a, m);
    steps.one(b, m);
  };
  const auto interact = [&](double angle, const Matrix& to_z) {
    if (angle == 0) return;
    on_both(to_z);
    steps.zz(a, b, angle);
    on_both(paultrap::adjoint(to_z));
  };
  steps.one(a, before[0]);
  steps.one(b, before[1]);
  interact(xx, kHadamard);
  interact(yy, kQuarterX);
  interact(zz, kIdentity);
  steps.one(a, after[0]);
  steps.one(b, after[1]);
}

// With determinant 1, which leaves a power of i open.
Matrix4 in_magic_basis(const Matrix4& unitary) {
  const Amplitude phase = unit(-argument(determinant(unitary)) / 4);
  Matrix4 magic = product(adjoint(kMagic), product(unitary, kMagic));
  for (Amplitude& entry : magic) entry *= phase;
  return magic;
}

// The traces of m = M^T M and m^2 are 4 (cos x cos y cos z + i sin x sin y sin z), up to a sign, and the same of 2x, 2y, 2z.
int interactions_of(const Matrix4& unitary) {
  constexpr double kNear = 1e-13;
  const Matrix4 magic = in_magic_basis(unitary);
  const Matrix4 square = product(transpose(magic), magic);
  Amplitude trace = 0, trace2 = 0;
  for (int k = 0; k < 4; ++k) {
    trace = trace + square[5 * k];
    for (int l = 0; l < 4; ++l) trace2 = trace2 + square[4 * k + l] * square[4 * l + k];
  }
  if (std::abs(trace.im) > 4 * kNear) return 3;
  // One sine is 0. The squares of the other cosines have this product, and their sum follows from the second trace.
  const double both_cosines = trace.re * trace.re / 16;
  const double both_sines = (1 + trace2.re / 4) / 2 - both_cosines;
  if (std::abs(both_sines) > kNear) return 2;
  return 1 - both_cosines > kNear ? 1 : 0;
}

std::optional<Weyl> weyl_of(const Matrix4& unitary) {
  const Matrix4 magic = in_magic_basis(unitary);
  const Matrix4 square = product(transpose(magic), magic);
  Real4 real, imaginary;
  for (int k = 0; k < 16; ++k) {
    const int mirror = 4 * (k % 4) + k / 4;
    real[k] = (square[k].re + square[mirror].re) / 2;
    imaginary[k] = (square[k].im + square[mirror].im) / 2;
  }
  Real4 vectors = common_eigenvectors(real, imaginary);
  if (determinant(vectors) < 0) {
    for (int row = 0; row < 4; ++row) vectors[4 * row] = -vectors[4 * row];
  }
  Matrix4 p;
  for (int k = 0; k < 16; ++k) p[k] = vectors[k];
  const Matrix4 eigen = product(transpose(p), product(square, p));
  double angles[4], sum = 0;
  for (int k = 0; k < 4; ++k) sum += angles[k] = argument(eigen[5 * k]) / 2;
  // The angles are known up to pi; their sum must be a whole number of turns for `left` to be a rotation.
  if (std::llround(sum / pi) % 2 != 0) angles[0] += pi;
  Matrix4 left = product(magic, p);
  for (int k = 0; k < 16; ++k) left[k] *= unit(-angles[k % 4]);
  Weyl weyl;
  split(product(kMagic, product(left, adjoint(kMagic))), weyl.after[0], weyl.after[1]);
  split(product(kMagic, product(transpose(p), adjoint(kMagic))), weyl.before[0], weyl.before[1]);
  // Signs of XX, YY and ZZ on the magic basis; the interaction is exp(+i angle), and half angles make the rotation.
  weyl.xx = reduce(-(angles[0] - angles[1] + angles[2] - angles[3]) / 2, kPauliX, weyl.after);
  weyl.yy = reduce(-(angles[1] - angles[0] + angles[2] - angles[3]) / 2, product(kPauliX, kPauliZ), weyl.after);
  weyl.zz = reduce(-(angles[0] + angles[1] - angles[2] - angles[3]) / 2, kPauliZ, weyl.after);
  Steps check;
  weyl.add(check, 0, 1);
  if (!(distance(matrix_of(check), unitary) < kClose)) return std::nullopt;
  return weyl;
}

}  // namespace paultrap
