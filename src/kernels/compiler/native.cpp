// Writes one-qubit unitaries and interactions as native gates.
#include "compiler/native.hpp"

#include <cmath>
#include <numbers>

namespace paultrap {
namespace {

using std::numbers::pi;

constexpr double kRounding = 3e-14;

double in_turns(double radians) { return radians / (2 * pi); }

// In [0, 1), and exact where it is a sixteenth of a turn but for rounding.
double tidy(double turns) {
  turns -= std::floor(turns);
  const double sixteenths = std::nearbyint(16 * turns);
  if (std::abs(16 * turns - sixteenths) < kRounding) turns = sixteenths / 16;
  return turns >= 1 ? 0 : turns;
}

enum class Form { kDiagonal, kExchange, kEqual, kAny };

// kEqual turns the poles to the equator.
Form form_of(const Matrix& m) {
  const double stay = norm(m.m00) + norm(m.m11), move = norm(m.m01) + norm(m.m10);
  if (move < kRounding * kRounding * stay) return Form::kDiagonal;
  if (stay < kRounding * kRounding * move) return Form::kExchange;
  return std::abs(stay - move) < kRounding * (stay + move) ? Form::kEqual : Form::kAny;
}

int gates_of(const Matrix& m) {
  switch (form_of(m)) {
    case Form::kDiagonal: return 0;
    case Form::kAny: break;
    case Form::kExchange: case Form::kEqual: return 1;
  }
  return 2;
}

double angle_between(Amplitude from, Amplitude to) { return argument(to * conj(from)); }

}  // namespace

void NativeWriter::write(Opcode opcode, Qubit qubit, double phase) {
  out_.add(opcode, {qubit}, {tidy(phase)});
}

// Write the gates of what waits on a qubit, and return the angle of the rotation about z that remains: it waits now.
//
// With U = Rz(phi) Ry(theta) Rz(lambda) up to a phase, as gpi2(p) = Rz(2 pi p) Rx(pi/2) Rz(-2 pi p).
double NativeWriter::flush(Qubit qubit) {
  const Matrix u = waiting_[qubit];
  double rest = 0;
  switch (form_of(u)) {
    case Form::kDiagonal:
      rest = angle_between(u.m00, u.m11);
      break;
    case Form::kExchange:
      write(Opcode::GPI, qubit, in_turns(angle_between(u.m01, u.m10)) / 2);
      break;
    case Form::kEqual: case Form::kAny: {
      // The sum of the outer angles shows in the diagonal, their difference off it; both are right up to a turn, which
      // would turn theta around.
      const double sum = angle_between(u.m00, u.m11), difference = angle_between(-u.m01, u.m10);
      double lambda = (sum - difference) / 2;
      if ((u.m10 * conj(u.m00) * unit(-(sum + difference) / 2)).re < 0) lambda += pi;
      if (form_of(u) == Form::kEqual) {
        write(Opcode::GPI2, qubit, in_turns(pi / 2 - lambda));
        rest = sum;
      } else {
        const double theta = 2 * std::atan2(std::sqrt(norm(u.m10)), std::sqrt(norm(u.m00)));
        write(Opcode::GPI2, qubit, in_turns(-lambda));
        write(Opcode::GPI2, qubit, in_turns(-lambda - theta - pi));
        rest = sum + theta;
      }
    }
  }
  waiting_[qubit] = rotation_z(rest);
  return rest;
}

bool NativeWriter::is_local(double angle) { return std::abs(std::remainder(angle, pi)) < kRounding; }

void NativeWriter::zz(Qubit a, Qubit b, double angle) {
  double rest = std::remainder(angle, pi);
  bool flips = std::llround((angle - rest) / pi) % 2 != 0;
  if (rest < kRounding - pi / 2) {
    rest = pi / 2;
    flips = !flips;
  }
  if (flips) {  // exp(-i pi/2 Z Z) is Z on both qubits
    one(a, kPauliZ);
    one(b, kPauliZ);
  }
  if (is_local(rest)) return;
  entangler_ == Entangler::kMs ? add_ms(a, b, rest) : add_zz(a, b, rest);
}

void NativeWriter::add_ms(Qubit a, Qubit b, double angle) {
  one(a, kHadamard);
  one(b, kHadamard);
  const double first = -in_turns(flush(a)), second = -in_turns(flush(b));
  // Half a turn of one phase is the angle's sign.
  const double signed_first = angle < 0 ? first + 0.5 : first;
  out_.add(Opcode::MS, {a, b}, {tidy(signed_first), tidy(second), tidy(in_turns(std::abs(angle)))});
  one(a, kHadamard);
  one(b, kHadamard);
}

void NativeWriter::add_zz(Qubit a, Qubit b, double angle) {
  Qubit flipped = a;
  if (angle < 0) {
    // x before and after one qubit is the angle's sign: on the qubit where it costs less.
    const auto cost = [&](Qubit q) { return gates_of(product(kPauliX, waiting_[q])) - gates_of(waiting_[q]); };
    flipped = cost(b) < cost(a) ? b : a;
    one(flipped, kPauliX);
  }
  flush(a);
  flush(b);
  out_.add(Opcode::NATIVE_ZZ, {a, b}, {tidy(in_turns(std::abs(angle)))});
  if (angle < 0) one(flipped, kPauliX);
}

void NativeWriter::finish(bool keep_phases) {
  for (Qubit qubit = 0; qubit < waiting_.size(); ++qubit) {
    const double rest = std::remainder(flush(qubit), 2 * pi);
    if (!keep_phases || std::abs(rest) < kRounding) continue;
    write(Opcode::GPI, qubit, 0);  // gpi(p) gpi(0) is a rotation about z by 2 p turns
    write(Opcode::GPI, qubit, in_turns(rest) / 2);
  }
}

}  // namespace paultrap
