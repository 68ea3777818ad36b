// From amplitudes to probabilities. Included only by statevector_isa.cpp; see statevector_vector.hpp for what may not
// be used here.
#pragma once

#include "statevector_isa.hpp"
#include "statevector_vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

// |amplitude|^2, rounded to 45 significant bits.
//
// The rounding is below the error that the arithmetic itself may carry (a few units in the 53rd bit per gate), and it
// brings multiples of powers of two back to their exact value: h leaves 0.5000000000000001, and clients that cut
// p * shots to an integer would lose a shot on 0.49999999999999994.
inline vec probabilities_of(const vec* block) {
  const vec p = block[0] * block[0] + block[1] * block[1];
  constexpr std::int64_t kHalfStep = 0x80, kKept = ~std::int64_t{0xFF};
  return reinterpret_cast<vec>((reinterpret_cast<ivec>(p) + kHalfStep) & kKept);
}

inline double total(vec v) {
  double sum = 0;
  for (int l = 0; l < W; ++l) sum += v[l];
  return sum;
}

Collected count(const double* state, std::uint64_t first, std::uint64_t last) {
  const vec* blocks = reinterpret_cast<const vec*>(state);
  ivec counts = {};
  vec sum = {};
  for (std::uint64_t b = first; b < last; ++b) {
    const vec p = probabilities_of(blocks + 2 * b);
    const ivec kept = p > kNoiseFloor;
    counts -= kept;
    sum += kept ? p : vec{};
  }
  std::int64_t n = 0;
  for (int l = 0; l < W; ++l) n += counts[l];
  return {static_cast<std::size_t>(n), total(sum)};
}

Collected collect(const double* state, std::uint64_t first, std::uint64_t last, std::uint64_t* states,
                  double* probabilities) {
  const vec* blocks = reinterpret_cast<const vec*>(state);
  std::size_t n = 0;
  vec sum = {};
  for (std::uint64_t b = first; b < last; ++b) {
    const vec p = probabilities_of(blocks + 2 * b);
    const ivec kept = p > kNoiseFloor;
    sum += kept ? p : vec{};
#if defined(__AVX512F__)
    const __mmask8 mask = _mm512_movepi64_mask(reinterpret_cast<__m512i>(kept));
    const __m512i lanes = _mm512_add_epi64(_mm512_set1_epi64(b << kLaneBits),
                                           _mm512_load_si512(kTables.swapped[0]));
    const int kept_lanes = __builtin_popcount(mask);
    const __mmask8 front = static_cast<__mmask8>((1 << kept_lanes) - 1);
    _mm512_mask_storeu_pd(probabilities + n, front, _mm512_maskz_compress_pd(mask, p));
    _mm512_mask_storeu_epi64(states + n, front, _mm512_maskz_compress_epi64(mask, lanes));
    n += kept_lanes;
#else
    for (int l = 0; l < W; ++l) {
      if (!kept[l]) continue;
      states[n] = (b << kLaneBits) + l;
      probabilities[n++] = p[l];
    }
#endif
  }
  return {n, total(sum)};
}

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
