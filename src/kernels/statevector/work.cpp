#include "statevector/work.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "statevector/evolve.hpp"

namespace paultrap {
namespace {

// How many qubits beside those of a run of two vectors a group of operations on a gathered part mixes; see evolve.cpp.
constexpr int kMixedInGroup = 10;
constexpr std::uint64_t kInEveryRun = 15;
// Of a large state every part is visited, even where the controls leave it as it is.
constexpr int kMostLeftOut = 7;

}  // namespace

void WorkCount::add_operation(const GateWork& gate, std::uint64_t targets, std::uint64_t controls, double terms) {
  if (!controls && gate.exchanges) {
    renamed_ |= targets;
    return;
  }
  const bool is_one = std::has_single_bit(targets), is_chosen = is_one && std::has_single_bit(controls);
  open_ &= ~controls;
  // A matrix under one control merges with those before it on its target.
  if (is_chosen && open_ & targets) return;
  operate(gate, targets, controls, terms);
  open_ = is_one && gate.flips && (is_chosen || !controls) ? open_ | targets : open_ & ~targets;
}

void WorkCount::operate(const GateWork& gate, std::uint64_t targets, std::uint64_t controls, double terms) {
  const bool is_idle = controls & ~live_;  // a control is still |0>
  if (gate.flips && targets & ~live_) {
    live_ |= targets;
    n_live_ = std::popcount(live_);
  }
  if (is_idle) {
    operations_[0] += terms;
    return;
  }
  const int most = n_live_ > kMostInCache ? kMostLeftOut : kMaxWidth;
  const int left_out = controls ? std::min(std::popcount(controls & ~kLanes), most) : 0;
  operations_[std::max(n_live_ - left_out, 0)] += gate.operations * terms;
  if (!is_gathered_ || !gate.flips) return;
  const std::uint64_t mixed = group_ | (targets & ~kInEveryRun);
  if (is_in_group_ && std::popcount(mixed) <= kMixedInGroup) {
    group_ = mixed;
    return;
  }
  is_in_group_ = true;
  group_ = targets & ~kInEveryRun;
  groups_[n_live_] += 1;
}

Work WorkCount::total() const {
  Work work;
  work[WorkKind::kGate] = gates_;
  for (int bits = 0; bits <= kMaxWidth; ++bits) {
    const double amplitudes = std::ldexp(1.0, bits);
    work[WorkKind::kOperation] += operations_[bits];
    work[WorkKind::kAmplitude] += operations_[bits] * amplitudes;
    work[WorkKind::kPass] += groups_[bits] * amplitudes;
  }
  // Renamed qubits are brought back at the end.
  work[WorkKind::kAmplitude] += std::popcount(renamed_) / 2 * std::ldexp(1.0, n_live_);
  return work;
}

Work taylor_work(double reach, double terms, double amplitudes, std::uint64_t controls) {
  const double steps = std::max(1.0, std::ceil(reach / kTaylorStep)), each = reach / steps;
  double orders = 0;
  for (double bound = 1; bound > kTaylorEnd; bound *= each / ++orders) {
  }
  const double active = std::ldexp(1.0, -std::popcount(controls & ~kLanes));
  Work work;
  work[WorkKind::kTaylor] = steps * amplitudes * orders * active * terms;
  // Each term of the series looks at every block for its controls.
  work[WorkKind::kAmplitude] = steps * amplitudes * (1 + orders * (active + 0.5));
  return work;
}

}  // namespace paultrap
