// Turns the amplitudes of a large circuit into its answer, in place.
#include "statevector/fold.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace paultrap {
namespace {

constexpr std::size_t kWordBits = 64;

class Fold {
 public:
  Fold(State& state, Cut cut, const Team& team)
      : team_(team), cut_(cut), amplitudes_(std::uint64_t{1} << state.n_qubits), per_part_(std::min(kSummed, amplitudes_)),
        kept_(amplitudes_ / kWordBits), found_(amplitudes_ / per_part_), starts_(found_.size()),
        memory_(std::make_shared<Memory>(2)) {
    state.amplitudes(team.isa);
    block_ = state.buffer.hand_on();
    memory_->blocks.push_back(block_);
  }

  Entries run() {
    each_part([&](std::uint64_t part) {
      const std::uint64_t first = part * blocks_per_part();
      found_[part] = team_.isa.fold(block_.data, first, first + blocks_per_part(), cut_, words_of(part));
    });
    for (std::size_t part = 0; part < found_.size(); ++part) {
      starts_[part] = entries_.count;
      entries_.count += found_[part].count;
      entries_.sum += found_[part].sum;
    }
    return is_sparse() ? copied() : in_place();
  }

 private:
  template <class Job>
  void each_part(const Job& job) {
    team_.pool.share(team_.threads, found_.size(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t part = first; part < last; ++part) job(part);
    });
  }

  std::uint64_t blocks_per_part() const { return per_part_ >> team_.isa.lane_bits; }
  std::uint64_t* words_of(std::uint64_t part) { return kept_.data() + part * (per_part_ / kWordBits); }
  bool is_sparse() const { return entries_.count < amplitudes_ / kSparse; }

  // Where `fold` left the probabilities of a part.
  double* folded(std::uint64_t part) const {
    return reinterpret_cast<double*>(static_cast<char*>(block_.data) + part * blocks_per_part() * team_.isa.block_bytes());
  }

  Entries copied() {
    Array<std::uint64_t> states(entries_.count);
    Array<double> probabilities(entries_.count);
    entries_.states = states.data();
    entries_.probabilities = probabilities.data();
    each_part([&](std::uint64_t part) {
      std::copy_n(folded(part), found_[part].count, entries_.probabilities + starts_[part]);
      write_states(part);
    });
    entries_.memory = share(states, probabilities);
    return entries_;
  }

  Entries in_place() {
    entries_.probabilities = static_cast<double*>(block_.data);
    push_together();
    if (block_.bytes >= 2 * amplitudes_ * sizeof(double)) {
      entries_.states = static_cast<std::uint64_t*>(block_.data) + amplitudes_;
    } else {
      memory_->blocks.push_back(take_block(entries_.count * sizeof(std::uint64_t), Pages::kHuge));
      entries_.states = static_cast<std::uint64_t*>(memory_->blocks.back().data);
    }
    each_part([&](std::uint64_t part) { write_states(part); });
    entries_.memory = memory_;
    return entries_;
  }

  // A part's probabilities go to a lower place or stay. In double precision they lie twice as far from the beginning
  // as they go at most, so parts [n, 2n) may move at the same time: nothing goes to where one of them still lies.
  void push_together() {
    const auto move = [&](std::uint64_t part) {
      std::memmove(entries_.probabilities + starts_[part], folded(part), found_[part].count * sizeof(double));
    };
    move(0);
    if (team_.isa.scalar_bytes < sizeof(double)) {
      for (std::uint64_t part = 1; part < found_.size(); ++part) move(part);
      return;
    }
    for (std::uint64_t n = 1; n < found_.size(); n *= 2) {
      team_.pool.share(team_.threads, n, 1, [&](int, std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t k = first; k < last; ++k) move(n + k);
      });
    }
  }

  void write_states(std::uint64_t part) {
    std::uint64_t* to = entries_.states + starts_[part];
    const std::uint64_t* words = words_of(part);
    for (std::uint64_t word = 0; word < per_part_ / kWordBits; ++word) {
      const std::uint64_t base = part * per_part_ + word * kWordBits;
      if (words[word] == ~std::uint64_t{0}) {
        for (std::uint64_t bit = 0; bit < kWordBits; ++bit) *to++ = base + bit;
        continue;
      }
      for (std::uint64_t left = words[word]; left; left &= left - 1) *to++ = base + std::countr_zero(left);
    }
  }

  const Team& team_;
  const Cut cut_;
  const std::uint64_t amplitudes_, per_part_;
  Block block_;
  Array<std::uint64_t> kept_;  // a bit for each amplitude
  std::vector<Collected> found_;  // by part
  std::vector<std::size_t> starts_;
  const std::shared_ptr<Memory> memory_;  // of the state
  Entries entries_;
};

}  // namespace

Entries fold(State& state, Cut cut, const Team& team) { return Fold(state, cut, team).run(); }

}  // namespace paultrap
