#include "qasm/unitaries.hpp"

#include <cmath>
#include <numbers>

namespace paultrap::qasm {
namespace {

constexpr double kPi = std::numbers::pi;
// Rounding leaves parts and angles of some 1e-16 that would be 0. Those below this are dropped, which moves no
// amplitude by more.
constexpr double kRounding = 2e-15;
constexpr std::array<Opcode, 3> kPowers{Opcode::XPOW, Opcode::YPOW, Opcode::ZPOW};

// The unitary as a turn by pi at most.
struct Short {
  double phase, w;
  std::array<double, 3> along;
};

Short short_of(const Unitary& unitary) {
  const auto& [w, x, y, z] = unitary.parts;
  if (w < 0) return {unitary.phase + kPi, -w, {-x, -y, -z}};
  return {unitary.phase, w, {x, y, z}};
}

class Found {
 public:
  void add(Opcode opcode, double angle, On on) { turns_.values[turns_.count++] = {opcode, angle, on}; }

  void add_seen(Opcode opcode, double angle) {
    if (std::abs(angle) > kRounding) add(opcode, angle, On::kTarget);
  }

  void add_phase(double angle) {
    angle = reduced(angle);
    if (std::abs(std::remainder(angle, 2 * kPi)) > kRounding) add(Opcode::ZPOW, angle, On::kControls);
  }

  const Few<Turn, kMostTurns>& turns() const { return turns_; }

 private:
  Few<Turn, kMostTurns> turns_;
};

// About no axis, or about x, y or z.
bool is_about_an_axis(const Short& unitary, int& axis) {
  int seen = 0;
  for (int k = 0; k < 3; ++k) {
    if (std::abs(unitary.along[static_cast<std::size_t>(k)]) <= kRounding) continue;
    axis = k;
    ++seen;
  }
  return seen <= 1;
}

void add_about_an_axis(const Short& unitary, int axis, bool is_controlled, Found& found) {
  double phase = unitary.phase;
  if (axis >= 0) {
    const auto place = static_cast<std::size_t>(axis);
    const double angle = 2 * std::atan2(unitary.along[place], unitary.w);
    found.add(kPowers[place], angle, is_controlled ? On::kTargetUnderControls : On::kTarget);
    phase -= angle / 2;
  }
  if (is_controlled) found.add_phase(phase);
}

void add_rotations(const Unitary& unitary, Found& found) {
  const auto& [w, x, y, z] = unitary.parts;
  const double theta = 2 * std::atan2(std::hypot(x, y), std::hypot(w, z));
  const double total = std::atan2(z, w), difference = std::atan2(-x, y);
  found.add_seen(Opcode::RZ, std::remainder(total - difference, 2 * kPi));
  found.add_seen(Opcode::RY, theta);
  found.add_seen(Opcode::RZ, std::remainder(total + difference, 2 * kPi));
}

// A phase gate under the controls, between rotations to its axis, which is Rz(azimuth) Ry(polar) z, and back.
void add_between_frames(const Short& unitary, Found& found) {
  const auto& [x, y, z] = unitary.along;
  const double angle = 2 * std::atan2(std::hypot(std::hypot(x, y), z), unitary.w);
  const double polar = std::atan2(std::hypot(x, y), z), azimuth = std::atan2(y, x);
  found.add_seen(Opcode::RZ, -azimuth);
  found.add_seen(Opcode::RY, -polar);
  found.add(Opcode::ZPOW, angle, On::kTargetUnderControls);
  found.add_seen(Opcode::RY, polar);
  found.add_seen(Opcode::RZ, azimuth);
  found.add_phase(unitary.phase - angle / 2);
}

}  // namespace

Unitary euler(double theta, double phi, double lam, std::span<const double> half_of) {
  const double polar = reduced(theta) / 2, one = reduced(phi), other = reduced(lam);
  const double total = (one + other) / 2, difference = (one - other) / 2;
  const double cosine = std::cos(polar), sine = std::sin(polar);
  double doubled = 0;
  for (const double angle : half_of) doubled += reduced(angle);
  return {doubled / 2,
          {cosine * std::cos(total), -sine * std::sin(difference), sine * std::cos(difference), cosine * std::sin(total)}};
}

Few<Turn, kMostTurns> turns_of(const Unitary& unitary, bool is_controlled) {
  Found found;
  const Short all = short_of(unitary);
  int axis = -1;
  if (is_about_an_axis(all, axis)) {
    add_about_an_axis(all, axis, is_controlled, found);
  } else if (is_controlled) {
    add_between_frames(all, found);
  } else {
    add_rotations(unitary, found);
  }
  return found.turns();
}

}  // namespace paultrap::qasm
