// The counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (2011): random numbers by their address.
#pragma once

#include <array>
#include <cstdint>

namespace paultrap {

class Philox {
 public:
  explicit Philox(std::uint64_t key) : key_(key) {}

  // The 128 bits at counter (high, low).
  std::array<std::uint32_t, 4> operator()(std::uint64_t high, std::uint64_t low) const {
    std::array<std::uint32_t, 4> at = {lower(low), upper(low), lower(high), upper(high)};
    std::uint32_t key0 = lower(key_), key1 = upper(key_);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t one = std::uint64_t{0xD2511F53u} * at[0], other = std::uint64_t{0xCD9E8D57u} * at[2];
      at = {upper(other) ^ at[1] ^ key0, lower(other), upper(one) ^ at[3] ^ key1, lower(one)};
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    return at;
  }

 private:
  static std::uint32_t lower(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
  static std::uint32_t upper(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

  std::uint64_t key_;
};

}  // namespace paultrap
