// Sets of up to 512 bits: a machine word up to 64 of them, several words above.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace paultrap {

// Bit k is bit k % 64 of word k / 64.
template <int N>
struct Words {
  std::array<std::uint64_t, N> words{};

  Words& operator^=(const Words& other) {
    for (int k = 0; k < N; ++k) words[k] ^= other.words[k];
    return *this;
  }
  friend Words operator^(Words one, const Words& other) { return one ^= other; }
  friend Words operator&(Words one, const Words& other) {
    for (int k = 0; k < N; ++k) one.words[k] &= other.words[k];
    return one;
  }
  friend Words operator~(Words one) {
    for (std::uint64_t& word : one.words) word = ~word;
    return one;
  }
  friend bool operator==(const Words& one, const Words& other) { return one.words == other.words; }
  // As numbers whose lowest bit is bit 0.
  friend bool operator<(const Words& one, const Words& other) {
    for (int k = N - 1; k > 0; --k) {
      if (one.words[k] != other.words[k]) return one.words[k] < other.words[k];
    }
    return one.words[0] < other.words[0];
  }
};

template <class S>
inline constexpr int kBits = static_cast<int>(8 * sizeof(S));

inline bool has(std::uint64_t set, int bit) { return set >> bit & 1; }
template <int N>
bool has(const Words<N>& set, int bit) {
  return has(set.words[bit / 64], bit % 64);
}

// Exclusive-or one bit.
inline void flip(std::uint64_t& set, int bit, bool on = true) { set ^= std::uint64_t{on} << bit; }
template <int N>
void flip(Words<N>& set, int bit, bool on = true) {
  flip(set.words[bit / 64], bit % 64, on);
}

// The set, or none of it.
inline std::uint64_t only_if(bool kept, std::uint64_t set) { return set & -std::uint64_t{kept}; }
template <int N>
Words<N> only_if(bool kept, Words<N> set) {
  for (std::uint64_t& word : set.words) word = only_if(kept, word);
  return set;
}

inline int count(std::uint64_t set) { return std::popcount(set); }
template <int N>
int count(const Words<N>& set) {
  int sum = 0;
  for (const std::uint64_t word : set.words) sum += count(word);
  return sum;
}

// The place of the highest bit of a set that has one.
inline int highest(std::uint64_t set) { return 63 - std::countl_zero(set); }
template <int N>
int highest(const Words<N>& set) {
  int k = N - 1;
  while (k > 0 && set.words[k] == 0) --k;
  return 64 * k + highest(set.words[k]);
}

}  // namespace paultrap
