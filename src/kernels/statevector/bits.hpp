// Numbers as sets of bits.
#pragma once

#include <cstdint>

namespace paultrap {

// The number whose bits at the places set in `mask`, read together, are `value`.
inline std::uint64_t deposit(std::uint64_t value, std::uint64_t mask) {
  std::uint64_t out = 0;
  for (; value && mask; mask &= mask - 1, value >>= 1) {
    if (value & 1) out |= mask & (~mask + 1);
  }
  return out;
}

}  // namespace paultrap
