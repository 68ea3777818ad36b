// The kernels as seen from outside: one table of functions per instruction set, chosen once per process.
//
// A state of n qubits is cut into blocks of W = 2^lane_bits amplitudes: W real parts, then W imaginary parts, so that
// every arithmetic step works on whole vectors. Amplitude i is in block i >> lane_bits, lane i & (W - 1). A state
// smaller than a block fills one block, whose other amplitudes stay 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "statevector/ops.hpp"

namespace paultrap {

// What becomes of small probabilities.
enum class Floor : std::uint8_t {
  kByWidth,  // what is not reported sums up to less than 1e-10 in double precision
  kFixed,    // up to 1e-12, whatever the width; the others are scaled up for them: as the engine's version 4 had it
};

// The probabilities above the noise floor: how many; and their sum, or that of all.
struct Collected {
  std::size_t count;
  double sum;
};

// The probabilities up to `floor` are not reported; whether they count in the sum.
struct Cut {
  double floor;
  bool sums_all;
};

struct Isa {
  const char* name;
  int lane_bits;
  std::size_t scalar_bytes;  // 8, or 4 in single precision

  // Run operations (not sums) in order on the blocks whose number is `outer` outside the bits of `active`, and add the
  // bits that they flip to `active`. Those blocks lie at their places in `state`, or, where they have been `gathered`,
  // at the places that the bits of `active` give.
  void (*apply)(void* state, const Op* ops, std::size_t count, std::uint64_t active, std::uint64_t outer, bool gathered);
  // Set blocks [first, last) to zero.
  void (*clear)(void* state, std::uint64_t first, std::uint64_t last);
  // One Taylor term over blocks [first, last): next = -i step sum(terms) term, state += next.
  void (*taylor)(void* state, const void* term, void* next, const PauliTerm* terms, std::size_t n_terms,
                 std::uint64_t controls, double step, std::uint64_t first, std::uint64_t last);
  // state = a * state + b * other over blocks [first, last).
  void (*superpose)(void* state, const void* other, Complex a, Complex b, std::uint64_t first, std::uint64_t last);
  // Count, or write in ascending order, what is above the noise floor in blocks [first, last).
  Collected (*count)(const void* state, std::uint64_t first, std::uint64_t last, Cut cut);
  Collected (*collect)(const void* state, std::uint64_t first, std::uint64_t last, Cut cut, std::uint64_t* states,
                       double* probabilities);

  // Write the probabilities above the noise floor in place of the amplitudes, pushed together at the first block, and a
  // bit for each amplitude whose probability was kept. The blocks hold a multiple of 64 amplitudes.
  Collected (*fold)(void* state, std::uint64_t first, std::uint64_t last, Cut cut, std::uint64_t* kept);

  std::size_t block_bytes() const { return (2 * scalar_bytes) << lane_bits; }
  std::uint64_t blocks(int n_qubits) const {
    return n_qubits <= lane_bits ? 1 : std::uint64_t{1} << (n_qubits - lane_bits);
  }
};

constexpr std::size_t kMaxPasses = 4;
// Where a state is narrow, or in single precision, whose own rounding is larger.
constexpr double kNoiseFloor = 1e-12;
constexpr double kMostDropped = 1e-10;  // by the width, of all probabilities together

constexpr Cut cut_of(Floor floor, const Isa& isa, int n_qubits) {
  if (floor == Floor::kFixed) return {kNoiseFloor, false};
  if (isa.scalar_bytes < sizeof(double)) return {kNoiseFloor, true};
  const double states = static_cast<double>(std::uint64_t{1} << (n_qubits < 63 ? n_qubits : 63));
  return {kNoiseFloor * states < kMostDropped ? kNoiseFloor : kMostDropped / states, true};
}

enum class Precision : std::uint8_t { kSingle, kDouble };

// The fastest table that this processor runs, or the one that `name` asks for (nullptr: PAULTRAP_ISA, else the
// fastest). Throws std::invalid_argument where the name is unknown or not supported here.
const Isa& choose_isa(const char* name = nullptr, Precision precision = Precision::kDouble);

namespace portable { extern const Isa kIsa; }
namespace portable_single { extern const Isa kIsa; }
namespace avx2 { extern const Isa kIsa; }
namespace avx2_single { extern const Isa kIsa; }
namespace avx512 { extern const Isa kIsa; }
namespace avx512_single { extern const Isa kIsa; }

}  // namespace paultrap
