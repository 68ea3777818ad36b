// Applies operations to a state, in groups that stay in a cache where the state does not.
#include "statevector/evolve.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "statevector/bits.hpp"
#include "statevector/matrix.hpp"
#include "statevector/schedule.hpp"

namespace paultrap {
namespace {

// States up to this size are run gate by gate.
constexpr int kInOrderBits = 14;
// Larger ones that one thread runs: in groups of gates on parts of the state of this size (16 bytes an amplitude), which
// stay in a core's second-level cache while all gates of the group pass over them; and how many amplitudes lie together
// in every part.
constexpr int kGroupBits = 14, kRunBits = 10;
// States that all threads run do not fit into the caches. Their parts are gathered, so that a group may mix any qubits;
// parts of single precision hold twice as many amplitudes. Runs are of this many vectors, two of them a block.
constexpr int kGatherFrom = 18, kRunVectorBits = 1;
// Between the parts of two threads: adjacent ones disturb each other.
constexpr std::size_t kGap = std::size_t{128} << 10;
constexpr std::uint64_t kBlocksPerTask = 1 << 12;

// A group's own numbers for the qubits: those that are active first.
class Numbering {
 public:
  Numbering(std::uint64_t active, int n_qubits) {
    int inside = 0, outside = std::popcount(active);
    for (int qubit = 0; qubit < n_qubits; ++qubit) {
      number_[qubit] = static_cast<std::uint8_t>(active >> qubit & 1 ? inside++ : outside++);
    }
  }

  std::uint64_t renumbered(std::uint64_t mask) const {
    std::uint64_t out = 0;
    for (; mask; mask &= mask - 1) out |= std::uint64_t{1} << number_[std::countr_zero(mask)];
    return out;
  }

  Op renumbered(Op op) const {
    op.flip = renumbered(op.flip);
    op.controls = renumbered(op.controls);
    op.parity = renumbered(op.parity);
    for (int j = 0; j < op.n_select; ++j) op.select[j] = number_[op.select[j]];
    return op;
  }

 private:
  std::uint8_t number_[64];
};

// Share out all of a state's blocks among the threads.
template <class Job>
void each_block(const State& state, const Team& team, const Job& job) {
  team.pool.share(team.threads, team.isa.blocks(state.n_qubits), kBlocksPerTask,
                  [&](int, std::uint64_t first, std::uint64_t last) { job(first, last); });
}

class Evolution {
 public:
  // `source`: where the amplitudes are before the first operation, if not in `state`.
  Evolution(State& state, Workspace& work, const Team& team, void* source = nullptr)
      : work_(work), isa_(team.isa), team_(team), state_(state), amplitudes_(state.amplitudes(team.isa)),
        source_(source ? source : amplitudes_) {}

  void run() {
    auto& ops = work_.recipe.ops;
    if (state_.n_qubits < kGatherFrom) fetch();
    if (state_.n_qubits <= kInOrderBits) return run_in_order(ops);
    if (state_.n_qubits < kGatherFrom) {
      for (const Group& group : schedule(ops, state_.n_qubits, kGroupBits, kRunBits)) run_group(ops, group);
      return;
    }
    const int group_bits = isa_.scalar_bytes == sizeof(double) ? kGroupBits : kGroupBits + 1;
    const std::size_t stride = (isa_.blocks(group_bits) * isa_.block_bytes()) + kGap;
    Array<char> parts(stride * team_.threads, Pages::kHuge);
    for (const Group& group : schedule(ops, state_.n_qubits, group_bits, isa_.lane_bits + kRunVectorBits)) {
      gather_group(ops, group, parts.data(), stride);
    }
    fetch();
  }

 private:
  // Copy the amplitudes from where they are to where they belong.
  void fetch() {
    if (source_ == amplitudes_) return;
    each_block(state_, team_, [&](std::uint64_t first, std::uint64_t last) {
      const std::size_t from = first * isa_.block_bytes();
      std::memcpy(static_cast<char*>(amplitudes_) + from, static_cast<const char*>(source_) + from,
                  (last - first) * isa_.block_bytes());
    });
    source_ = amplitudes_;
  }

  void run_in_order(const std::vector<Op>& ops) {
    for (std::size_t first = 0; first < ops.size();) {
      if (ops[first].sum >= 0) {
        state_.live |= ops[first].flip;
        run_sum(work_.recipe.sums[ops[first++].sum]);
        continue;
      }
      std::size_t last = first;
      const std::uint64_t active = state_.live >> isa_.lane_bits;
      for (; last < ops.size() && ops[last].sum < 0; ++last) state_.live |= ops[last].flip;
      isa_.apply(amplitudes_, &ops[first], last - first, active, 0, false);
      first = last;
    }
  }

  void run_group(const std::vector<Op>& ops, const Group& group) {
    for (std::size_t k = group.first; k < group.last; ++k) state_.live |= ops[k].flip;
    if (group.is_sum) return run_sum(work_.recipe.sums[ops[group.first].sum]);
    const std::uint64_t active = (group.active & state_.live) >> isa_.lane_bits;
    const std::uint64_t others = (state_.live & ~group.active) >> isa_.lane_bits;
    const std::uint64_t parts = std::uint64_t{1} << std::popcount(others);
    team_.pool.share(team_.threads, parts, 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t part = first; part < last; ++part) {
        isa_.apply(amplitudes_, &ops[group.first], group.last - group.first, active, deposit(part, others), false);
      }
    });
  }

  // As run_group, with a copy of each part, in which its qubits are the lowest.
  void gather_group(const std::vector<Op>& ops, const Group& group, char* parts, std::size_t stride) {
    for (std::size_t k = group.first; k < group.last; ++k) state_.live |= ops[k].flip;
    const bool is_whole = std::popcount(state_.live) == state_.n_qubits;
    if (group.is_sum || !is_whole) fetch();
    if (group.is_sum) return run_sum(work_.recipe.sums[ops[group.first].sum]);
    const Numbering numbering(group.active, state_.n_qubits);
    std::vector<Op> own;
    for (std::size_t k = group.first; k < group.last; ++k) own.push_back(numbering.renumbered(ops[k]));
    const std::uint64_t live = numbering.renumbered(state_.live & group.active) >> isa_.lane_bits;
    const std::uint64_t others = state_.live & ~group.active;
    team_.pool.share(team_.threads, std::uint64_t{1} << std::popcount(others), 1,
                     [&](int worker, std::uint64_t first, std::uint64_t last) {
      char* part = parts + worker * stride;
      for (std::uint64_t k = first; k < last; ++k) {
        const std::uint64_t place = deposit(k, others);
        each_run(source_, group.active, place, [&](char* run, std::size_t at, std::size_t bytes) {
          std::memcpy(part + at, run, bytes);
        });
        isa_.apply(part, own.data(), own.size(), live, numbering.renumbered(place) >> isa_.lane_bits, true);
        each_run(amplitudes_, group.active, place, [&](char* run, std::size_t at, std::size_t bytes) {
          std::memcpy(run, part + at, bytes);
        });
      }
    });
    source_ = amplitudes_;
  }

  // Call job(where it is, where in the part, bytes) for each run of `amplitudes` that lies together.
  template <class Job>
  void each_run(void* amplitudes, std::uint64_t active, std::uint64_t place, const Job& job) {
    const int run_bits = std::countr_one(active);
    const std::size_t bytes_each = 2 * isa_.scalar_bytes, bytes = bytes_each << run_bits;
    const std::uint64_t free = active >> run_bits << run_bits;
    std::size_t at = 0;
    std::uint64_t run = 0;
    do {
      job(static_cast<char*>(amplitudes) + (place | run) * bytes_each, at, bytes);
      at += bytes;
      run = ((run | ~free) + 1) & free;
    } while (run != 0);
  }

  void run_sum(const PauliSum& sum) {
    void* term = work_.term.get(state_.bytes(isa_));
    void* next = work_.next.get(state_.bytes(isa_));
    const double reach = std::abs(sum.time) * sum.norm;
    const double steps = std::max(1.0, std::ceil(reach / kTaylorStep));
    for (double step = 0; step < steps; ++step) {
      each_block(state_, team_, [&](std::uint64_t first, std::uint64_t last) {
        const std::size_t from = first * isa_.block_bytes();
        std::memcpy(static_cast<char*>(term) + from, static_cast<const char*>(amplitudes_) + from,
                    (last - first) * isa_.block_bytes());
      });
      double bound = 1;
      for (int order = 1; bound > kTaylorEnd; ++order) {
        each_block(state_, team_, [&](std::uint64_t first, std::uint64_t last) {
          isa_.taylor(amplitudes_, term, next, sum.terms.data(), sum.terms.size(), sum.controls, sum.time / steps / order,
                      first, last);
        });
        std::swap(term, next);
        bound *= reach / steps / order;
      }
    }
  }

  Workspace& work_;
  const Isa& isa_;
  const Team& team_;
  State& state_;
  void* const amplitudes_;
  void* source_;
};

void run(Evolution evolution, State& state, const Recipe& recipe) {
  evolution.run();
  const Amplitude phase = Amplitude(state.phase) * recipe.phase;
  state.phase = phase;
}

}  // namespace

void reset(State& state, int n_qubits, const Team& team) {
  state.n_qubits = n_qubits;
  state.live = 0;
  state.phase = {1, 0};
  void* amplitudes = state.amplitudes(team.isa);
  each_block(state, team, [&](std::uint64_t first, std::uint64_t last) { team.isa.clear(amplitudes, first, last); });
  if (team.isa.scalar_bytes == sizeof(double)) {
    *static_cast<double*>(amplitudes) = 1;
  } else {
    *static_cast<float*>(amplitudes) = 1;
  }
}

void copy(State& state, State& from, const Isa& isa) {
  state.n_qubits = from.n_qubits;
  state.live = from.live;
  state.phase = from.phase;
  std::memcpy(state.amplitudes(isa), from.amplitudes(isa), from.bytes(isa));
}

void evolve(State& state, Workspace& work, const Team& team) { run({state, work, team}, state, work.recipe); }

void evolve_copy(State& from, State& to, Workspace& work, const Team& team) {
  to.n_qubits = from.n_qubits;
  to.live = from.live;
  to.phase = from.phase;
  run({to, work, team, from.amplitudes(team.isa)}, to, work.recipe);
}

}  // namespace paultrap
