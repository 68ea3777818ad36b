// Answers as JSON, made on several threads: distributions, counts and single shots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "memory/column.hpp"

namespace paultrap {

inline constexpr int kMaxWidth = 64;

using Text = Column<char>;

// What follows is without the brackets around all, and in pieces, of which all but the first begin with a comma. Keys are
// decimal, or of `width` binary digits, highest qubit first, where width >= 0. The writers throw std::invalid_argument
// for lengths that differ and more than kMaxWidth digits.

// {"0":0.5,"6":0.5}, shortest digits that read back exactly.
std::vector<Text> write_distribution(std::span<const std::uint64_t> states, std::span<const double> probabilities,
                                     int width);

// {"0":500,"6":500}
std::vector<Text> write_histogram(std::span<const std::uint64_t> states, std::span<const std::int64_t> counts,
                                  int width);

// ["6","0","6"]; where width >= 0 a shot is a register with a list of bits, bit 0 first.
std::vector<Text> write_shots(std::span<const std::uint64_t> states, int width);

// A place between two entries: before entry `entry` of circuit `circuit`.
struct Cursor {
  std::size_t circuit = 0;
  std::size_t entry = 0;
};

// The distributions of several circuits, one after the other.
struct Answers {
  std::vector<std::string_view> ids;
  std::span<const std::int64_t> offsets;
  std::span<const std::uint64_t> states;
  std::span<const double> probabilities;
};

struct Aggregate {
  std::vector<Text> texts;
  Cursor end;
};

// "<id>":{...},"<id>":{...} from a place on, in up to `most` pieces. Throws std::invalid_argument where the arrays do
// not fit together.
Aggregate write_aggregate(const Answers& answers, Cursor from, std::size_t most, bool leading_comma);

}  // namespace paultrap
