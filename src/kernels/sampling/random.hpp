// The random numbers of sampled runs: counter-based, so that each has its address and none depends on who drew before.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace paultrap {

// The counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (2011): random numbers by their address.
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

// What numbers are for. The values are part of the seed contract.
enum class Purpose : std::uint32_t { kMeasurement = 0, kReadout = 1, kSupport = 2, kFaults = 16 };

// The numbers of one circuit for one purpose, 128 bits at each place.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint32_t circuit, std::uint32_t purpose)
      : generator_(seed), high_(std::uint64_t{purpose} << 32 | circuit) {}
  Stream(std::uint64_t seed, std::uint32_t circuit, Purpose purpose)
      : Stream(seed, circuit, static_cast<std::uint32_t>(purpose)) {}

  std::array<std::uint32_t, 4> operator()(std::uint64_t place) const { return generator_(high_, place); }

 private:
  Philox generator_;
  std::uint64_t high_;
};

// In [0, 1), with 53 bits.
inline double uniform(std::uint32_t high, std::uint32_t low) {
  return static_cast<double>((std::uint64_t{high} << 32 | low) >> 11) * 0x1p-53;
}

// Call visit(place, bits) for those of `places` that a trial of probability `p` each hits, in ascending order, by jumping
// from one to the next: the distance is geometric. `bits` are 64 more random bits.
template <class Visit>
void each_hit(double p, std::uint64_t places, const Stream& random, const Visit& visit) {
  if (!(p > 0)) return;
  const double step = 1 / std::log1p(-p);
  std::uint64_t place = 0;
  for (std::uint64_t hit = 0; place < places; ++hit, ++place) {
    const auto bits = random(hit);
    const double skip = std::floor(std::log1p(-uniform(bits[0], bits[1])) * step);
    if (skip >= static_cast<double>(places - place)) return;
    place += static_cast<std::uint64_t>(skip);
    visit(place, std::array{bits[2], bits[3]});
  }
}

}  // namespace paultrap
