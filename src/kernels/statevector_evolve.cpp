#include "statevector_evolve.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "statevector_schedule.hpp"

namespace paultrap {
namespace {

// States up to this size are run gate by gate; larger ones in groups of gates on parts of this size, which stay in a
// core's second-level cache (16 bytes per amplitude) while all gates of the group pass over them.
constexpr int kGroupBits = 14;
// Amplitudes that lie together in memory in every part.
constexpr int kRunBits = 10;
constexpr std::uint64_t kBlocksPerTask = 1 << 12;

// A Taylor series of exp(-i t H) whose step has t |H| <= 2 needs about 24 terms for the last to vanish, and loses less
// than e^2 units in the last place to cancellation.
constexpr double kTaylorStep = 2.0;
constexpr double kTaylorEnd = 1e-18;

// The number whose bits at the places set in `mask`, read together, are `value`.
std::uint64_t deposit(std::uint64_t value, std::uint64_t mask) {
  std::uint64_t out = 0;
  for (; mask; mask &= mask - 1, value >>= 1) {
    if (value & 1) out |= mask & (~mask + 1);
  }
  return out;
}

class Evolution {
 public:
  Evolution(Workspace& work, const Isa& isa, Pool& pool, int threads)
      : work_(work), isa_(isa), pool_(pool), threads_(threads), blocks_(isa.blocks(work.recipe.n_qubits)),
        state_(work.state.get(doubles())) {}

  const double* run() {
    each([&](std::uint64_t first, std::uint64_t last) { isa_.clear(state_, first, last); });
    state_[0] = 1;
    auto& ops = work_.recipe.ops;
    if (work_.recipe.n_qubits <= kGroupBits) {
      run_in_order(ops);
    } else {
      for (const Group& group : schedule(ops, work_.recipe.n_qubits, kGroupBits, kRunBits)) run_group(ops, group);
    }
    return state_;
  }

 private:
  std::size_t doubles() const { return blocks_ << (isa_.lane_bits + 1); }

  // Share out all blocks among the threads.
  template <class Job>
  void each(const Job& job) {
    pool_.share(threads_, blocks_, kBlocksPerTask,
                [&](int, std::uint64_t first, std::uint64_t last) { job(first, last); });
  }

  void run_in_order(const std::vector<Op>& ops) {
    std::uint64_t active = 0;
    for (std::size_t first = 0; first < ops.size();) {
      if (ops[first].sum >= 0) {
        active |= ops[first].flip >> isa_.lane_bits;
        run_sum(work_.recipe.sums[ops[first++].sum]);
        continue;
      }
      std::size_t last = first + 1;
      while (last < ops.size() && ops[last].sum < 0) ++last;
      active = isa_.apply(state_, &ops[first], last - first, active, 0);
      first = last;
    }
  }

  void run_group(const std::vector<Op>& ops, const Group& group) {
    for (std::size_t k = group.first; k < group.last; ++k) live_ |= ops[k].flip;
    if (group.is_sum) return run_sum(work_.recipe.sums[ops[group.first].sum]);
    const std::uint64_t active = (group.active & live_) >> isa_.lane_bits;
    const std::uint64_t others = (live_ & ~group.active) >> isa_.lane_bits;
    const std::uint64_t parts = std::uint64_t{1} << std::popcount(others);
    pool_.share(threads_, parts, 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t part = first; part < last; ++part) {
        isa_.apply(state_, &ops[group.first], group.last - group.first, active, deposit(part, others));
      }
    });
  }

  void run_sum(const PauliSum& sum) {
    double* term = work_.term.get(doubles());
    double* next = work_.next.get(doubles());
    const double reach = std::abs(sum.time) * sum.norm;
    const double steps = std::max(1.0, std::ceil(reach / kTaylorStep));
    for (double step = 0; step < steps; ++step) {
      each([&](std::uint64_t first, std::uint64_t last) {
        const std::uint64_t from = first << (isa_.lane_bits + 1), to = last << (isa_.lane_bits + 1);
        std::memcpy(term + from, state_ + from, (to - from) * sizeof(double));
      });
      double bound = 1;
      for (int order = 1; bound > kTaylorEnd; ++order) {
        each([&](std::uint64_t first, std::uint64_t last) {
          isa_.taylor(state_, term, next, sum.terms.data(), sum.terms.size(), sum.controls, sum.time / steps / order,
                      first, last);
        });
        std::swap(term, next);
        bound *= reach / steps / order;
      }
    }
  }

  Workspace& work_;
  const Isa& isa_;
  Pool& pool_;
  const int threads_;
  const std::uint64_t blocks_;
  double* const state_;
  // Qubits that some operation has flipped so far. Where another qubit is 1 the state is still 0, and is left alone.
  std::uint64_t live_ = 0;
};

}  // namespace

const double* evolve(Workspace& work, const Isa& isa, Pool& pool, int threads) {
  return Evolution(work, isa, pool, threads).run();
}

}  // namespace paultrap
