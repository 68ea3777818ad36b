// Orders operations on a large state so that many of them find it in a cache.
#include "statevector/schedule.hpp"

#include <bit>

namespace paultrap {
namespace {

constexpr std::size_t kLookAhead = 2048;  // how many waiting operations a group looks through

constexpr std::uint64_t low_bits(int count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

Op controlled_not(std::uint64_t control, std::uint64_t target) {
  Op op;
  op.flip = target;
  op.controls = control;
  op.n_select = 1;
  op.select[0] = static_cast<std::uint8_t>(std::countr_zero(target));
  op.diag[0] = op.diag[1] = {0, 0};
  op.off[0] = op.off[1] = {1, 0};
  return op;
}

// The exponential of a long Pauli string, between controlled nots that make it flip its lowest qubit alone.
void write_narrow(const Op& op, std::vector<Op>& out) {
  const std::uint64_t pivot = op.flip & (~op.flip + 1), rest = op.flip ^ pivot;
  std::uint64_t parity = op.parity;
  for (int j = 0; j < op.n_select; ++j) parity |= std::uint64_t{1} << op.select[j];
  Op narrow;
  narrow.flip = pivot;
  narrow.controls = op.controls;
  narrow.parity = parity ^ (std::popcount(rest & parity) & 1 ? pivot : 0);
  narrow.diag[0] = op.diag[0];
  narrow.off[0] = op.off[0];
  const auto write_nots = [&] {
    for (std::uint64_t left = rest; left; left &= left - 1) out.push_back(controlled_not(pivot, left & (~left + 1)));
  };
  write_nots();
  out.push_back(narrow);
  write_nots();
}

class Scheduler {
 public:
  Scheduler(const std::vector<Op>& ops, int n_qubits, int group_bits, int run_bits)
      : ops_(ops), done_(ops.size(), false), all_(low_bits(n_qubits)), n_qubits_(n_qubits), group_bits_(group_bits),
        run_bits_(run_bits) {}

  std::vector<Group> run(std::vector<Op>& ordered) {
    std::vector<Group> groups;
    while (front_ < ops_.size()) {
      if (done_[front_]) {
        ++front_;
      } else if (ops_[front_].sum >= 0) {
        groups.push_back({all_, ordered.size(), ordered.size() + 1, true});
        ordered.push_back(ops_[front_++]);
      } else {
        const Choice best = choose();
        groups.push_back({widen(best.active), ordered.size(), ordered.size() + best.ops.size(), false});
        for (const std::size_t k : best.ops) {
          ordered.push_back(ops_[k]);
          done_[k] = true;
        }
      }
    }
    return groups;
  }

 private:
  struct Choice {
    std::uint64_t active = 0;
    std::vector<std::size_t> ops;
  };

  // Either the qubits that the next operations need, as they come, or those of a window.
  Choice choose() const {
    Choice best = collect(low_bits(run_bits_));
    const int width = group_bits_ - run_bits_;
    for (int first = run_bits_; first + width <= n_qubits_; ++first) {
      Choice other = collect(low_bits(run_bits_) | low_bits(width) << first);
      if (other.ops.size() > best.ops.size()) best = std::move(other);
    }
    return best;
  }

  // What can be done before the block is left, with further active qubits as long as they fit.
  Choice collect(std::uint64_t active) const {
    Choice choice{active, {}};
    std::uint64_t passed_flip = 0, passed_touched = 0;
    std::size_t seen = 0;
    for (std::size_t k = front_; k < ops_.size() && seen < kLookAhead && passed_flip != all_; ++k) {
      if (done_[k]) continue;
      ++seen;
      const Op& op = ops_[k];
      // What two operations both only read (controls, diagonals) does not keep them from changing places.
      const bool commutes = !(op.flip & passed_touched) && !(op.touched() & passed_flip);
      const bool fits = op.sum < 0 && std::popcount(choice.active | op.flip) <= group_bits_;
      if (commutes && fits) {
        choice.active |= op.flip;
        choice.ops.push_back(k);
      } else {
        passed_flip |= op.flip;
        passed_touched |= op.touched();
      }
    }
    return choice;
  }

  // Fill the block up with the lowest qubits that are not in it: longer contiguous runs.
  std::uint64_t widen(std::uint64_t active) const {
    for (int qubit = 0; qubit < n_qubits_ && std::popcount(active) < group_bits_; ++qubit) {
      active |= std::uint64_t{1} << qubit;
    }
    return active;
  }

  const std::vector<Op>& ops_;
  std::vector<bool> done_;
  const std::uint64_t all_;
  const int n_qubits_, group_bits_, run_bits_;
  std::size_t front_ = 0;
};

}  // namespace

std::vector<Group> schedule(std::vector<Op>& ops, int n_qubits, int group_bits, int run_bits) {
  std::vector<Op> narrow, ordered;
  for (const Op& op : ops) {
    if (op.sum < 0 && std::popcount(op.flip) > group_bits - run_bits) {
      write_narrow(op, narrow);
    } else {
      narrow.push_back(op);
    }
  }
  ordered.reserve(narrow.size());
  std::vector<Group> groups = Scheduler(narrow, n_qubits, group_bits, run_bits).run(ordered);
  ops = std::move(ordered);
  return groups;
}

}  // namespace paultrap
