// Draws shots from a state vector.
#include "sampling/measure.hpp"

#include <algorithm>

#include "statevector/bits.hpp"

namespace paultrap {
namespace {

constexpr std::uint64_t kPartsPerTask = 16;

// A state is searched in parts of about the square root of its size: first the part, then the place in it.
int part_bits(int n_qubits, const Isa& isa) { return std::max((n_qubits + 1) / 2, isa.lane_bits); }

class Measurement {
 public:
  Measurement(State& state, Cut cut, const Team& team, MeasureScratch& scratch)
      : isa_(team.isa), cut_{cut.floor, false}, amplitudes_(state.amplitudes(team.isa)), blocks_(isa_.blocks(state.n_qubits)),
        part_(std::uint64_t{1} << (part_bits(state.n_qubits, isa_) - isa_.lane_bits)), scratch_(scratch) {
    const std::uint64_t parts = (blocks_ + part_ - 1) / part_;
    scratch.sums.resize(parts);
    team.pool.share(team.threads, parts, kPartsPerTask, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) scratch_.sums[k] = isa_.count(amplitudes_, k * part_, end(k), cut_).sum;
    });
    scratch.states.resize(part_ << isa_.lane_bits);
    scratch.probabilities.resize(part_ << isa_.lane_bits);
  }

  // Call found(draw, state) for each draw; these must ascend.
  template <class Found>
  void run(const Found& found) {
    double whole = 0;
    for (const double sum : scratch_.sums) whole += sum;
    double below = 0;
    auto draw = scratch_.draws.begin();
    for (std::size_t k = 0; k < scratch_.sums.size() && draw != scratch_.draws.end(); ++k) {
      const double above = below + scratch_.sums[k];
      const bool is_last = k + 1 == scratch_.sums.size();
      const auto inside = [&] { return draw != scratch_.draws.end() && (is_last || draw->at * whole < above); };
      if (inside()) {
        std::size_t entry = open(k);
        for (double reached = below; inside(); ++draw) {
          while (entry + 1 < count_ && reached + scratch_.probabilities[entry] <= draw->at * whole) {
            reached += scratch_.probabilities[entry++];
          }
          found(*draw, scratch_.states[entry]);
        }
      }
      below = above;
    }
  }

 private:
  std::uint64_t end(std::uint64_t part) const { return std::min((part + 1) * part_, blocks_); }

  // List the states of a part that can be seen; returns the first of them to look at. Where rounding has led behind the
  // last state of all, into an empty part, that is the last of the nearest part before it.
  std::size_t open(std::size_t part) {
    const std::size_t wanted = part;
    do {
      count_ = isa_.collect(amplitudes_, part * part_, end(part), cut_, scratch_.states.data(),
                            scratch_.probabilities.data()).count;
    } while (count_ == 0 && part-- > 0);
    return count_ > 0 && part != wanted ? count_ - 1 : 0;
  }

  const Isa& isa_;
  const Cut cut_;  // what is not seen is no part of the whole
  void* const amplitudes_;
  const std::uint64_t blocks_, part_;
  MeasureScratch& scratch_;
  std::size_t count_ = 0;
};

}  // namespace

void measure(State& state, Cut cut, std::uint64_t used, const Team& team, MeasureScratch& scratch, std::uint64_t* outcomes) {
  std::sort(scratch.draws.begin(), scratch.draws.end(), [](const Draw& one, const Draw& other) {
    return one.at != other.at ? one.at < other.at : one.shot < other.shot;
  });
  Measurement(state, cut, team, scratch).run([&](const Draw& draw, std::uint64_t found) {
    outcomes[draw.shot] = deposit(found, used);
  });
}

}  // namespace paultrap
