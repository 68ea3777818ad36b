#include "statevector_schedule.hpp"

#include <bit>

namespace paultrap {
namespace {

constexpr std::size_t kMaxGroup = 64;   // the passes of a group should not push the state out of the cache
constexpr std::size_t kLookAhead = 512;  // how many waiting operations a group looks through

constexpr std::uint64_t low_bits(int count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// Fill the group up with the lowest qubits that are not in it: longer contiguous runs.
std::uint64_t widen(std::uint64_t active, int n_qubits, int group_bits) {
  for (int qubit = 0; qubit < n_qubits && std::popcount(active) < group_bits; ++qubit) {
    active |= std::uint64_t{1} << qubit;
  }
  return active;
}

}  // namespace

std::vector<Group> schedule(std::vector<Op>& ops, int n_qubits, int group_bits, int run_bits) {
  std::vector<Group> groups;
  std::vector<Op> ordered;
  ordered.reserve(ops.size());
  std::vector<bool> done(ops.size(), false);
  const std::uint64_t all = low_bits(n_qubits);
  for (std::size_t front = 0; front < ops.size();) {
    if (done[front]) {
      ++front;
      continue;
    }
    const std::size_t first = ordered.size();
    if (ops[front].sum >= 0) {
      ordered.push_back(ops[front]);
      groups.push_back({all, first, first + 1, true});
      ++front;
      continue;
    }
    std::uint64_t active = low_bits(run_bits), passed_flip = 0, passed_touched = 0;
    std::size_t seen = 0;
    for (std::size_t k = front; k < ops.size() && seen < kLookAhead; ++k) {
      if (done[k]) continue;
      ++seen;
      const Op& op = ops[k];
      // What two operations both only read (controls, diagonals) does not keep them from changing places.
      const bool commutes = !(op.flip & passed_touched) && !(op.touched() & passed_flip);
      const bool fits = op.sum < 0 && std::popcount(active | op.flip) <= group_bits;
      if (commutes && fits) {
        active |= op.flip;
        done[k] = true;
        ordered.push_back(op);
        if (ordered.size() - first == kMaxGroup) break;
      } else {
        passed_flip |= op.flip;
        passed_touched |= op.touched();
        if (passed_flip == all) break;
      }
    }
    groups.push_back({widen(active, n_qubits, group_bits), first, ordered.size(), false});
  }
  ops = std::move(ordered);
  return groups;
}

}  // namespace paultrap
