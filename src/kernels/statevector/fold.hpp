// The answer of one large circuit, written into the memory of its state.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "memory/buffer.hpp"
#include "statevector/evolve.hpp"

namespace paultrap {

// Memory that several arrays lie in.
struct Memory {
  std::vector<Block> blocks;

  explicit Memory(std::size_t most) { blocks.reserve(most); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    for (const Block& block : blocks) give_block(block);
  }
};

// The memory of arrays, which are empty afterwards.
template <class... Arrays>
std::shared_ptr<Memory> share(Arrays&... arrays) {
  auto memory = std::make_shared<Memory>(sizeof...(arrays));
  (memory->blocks.push_back(arrays.hand_on()), ...);
  return memory;
}

// The entries of an answer.
struct Entries {
  std::uint64_t* states = nullptr;
  double* probabilities = nullptr;
  std::size_t count = 0;
  double sum = 0;
  std::shared_ptr<Memory> memory;
};

// Amplitudes whose probabilities are summed up in one go, so that a sum does not depend on the number of threads.
constexpr std::uint64_t kSummed = std::uint64_t{1} << 17;

// Answers that keep less than this part of the amplitudes get memory of their own, so that the state's can go.
constexpr std::uint64_t kSparse = 16;

// The probabilities above the noise floor of a state of at least 2^16 amplitudes, which is used up. Needs an eighth of
// a byte an amplitude beside the state, in single precision 8 bytes more.
Entries fold(State& state, Cut cut, const Team& team);

}  // namespace paultrap
