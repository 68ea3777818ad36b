// Counts and single shots as JSON: {"0":500,"6":500} and ["6","0","6"], without the brackets around all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "json/text.hpp"

namespace paultrap {

// In pieces, of which all but the first begin with a comma. Keys are decimal, or of `width` binary digits, highest
// qubit first, where width >= 0. Throw std::invalid_argument for lengths that differ and more than kMaxWidth digits.
std::vector<Text> write_histogram(std::span<const std::uint64_t> states, std::span<const std::int64_t> counts,
                                  int width);

// A shot is a decimal, or where width >= 0 a register with a list of bits, bit 0 first.
std::vector<Text> write_shots(std::span<const std::uint64_t> states, int width);

}  // namespace paultrap
