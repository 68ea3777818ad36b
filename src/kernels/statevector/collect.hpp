// From amplitudes to probabilities. Included only by statevector/isa.cpp; see statevector/vector.hpp for what may not
// be used here.
#pragma once

#include "statevector/isa.hpp"
#include "statevector/vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

constexpr int D = kVectorBytes / 8;  // probabilities in a vector: they are doubles in either precision
constexpr int kParts = W / D;        // of a block

typedef double dvec __attribute__((vector_size(kVectorBytes)));
typedef std::int64_t divec __attribute__((vector_size(kVectorBytes)));
typedef real part __attribute__((vector_size(kVectorBytes / kParts)));

inline dvec widen(const vec& v, int which) {
  return __builtin_convertvector(reinterpret_cast<const part*>(&v)[which], dvec);
}

// |amplitude|^2 of a part of a block, rounded to 45 significant bits (21 in single precision).
//
// The rounding is below the error that the arithmetic itself may carry (a few units in the amplitude's last bit per
// gate), and it brings multiples of powers of two back to their exact value: h leaves 0.5000000000000001, and clients
// that cut p * shots to an integer would lose a shot on 0.49999999999999994.
inline dvec probabilities_of(const vec* block, int which) {
  const dvec re = widen(block[0], which), im = widen(block[1], which);
  constexpr int kDropped = sizeof(real) == 4 ? 32 : 8;
  constexpr std::int64_t kHalfStep = std::int64_t{1} << (kDropped - 1), kKept = ~((std::int64_t{1} << kDropped) - 1);
  return reinterpret_cast<dvec>((reinterpret_cast<divec>(re * re + im * im) + kHalfStep) & kKept);
}

inline double total(dvec v) {
  double sum = 0;
  for (int l = 0; l < D; ++l) sum += v[l];
  return sum;
}

// In every lane, whether something holds.
inline divec everywhere(bool holds) { return divec{} - static_cast<std::int64_t>(holds); }

Collected count(const void* state, u64 first, u64 last, Cut cut) {
  const divec all = everywhere(cut.sums_all);
  const vec* blocks = static_cast<const vec*>(state);
  divec counts = {};
  dvec sum = {};
  for (u64 b = first; b < last; ++b) {
    for (int which = 0; which < kParts; ++which) {
      const dvec p = probabilities_of(blocks + 2 * b, which);
      const divec kept = p > cut.floor;
      counts -= kept;
      sum += (kept | all) ? p : dvec{};
    }
  }
  std::int64_t n = 0;
  for (int l = 0; l < D; ++l) n += counts[l];
  return {static_cast<std::size_t>(n), total(sum)};
}

// A bit for each lane that is not 0.
inline unsigned bits_of(divec kept) {
#if defined(__AVX512F__)
  return _mm512_movepi64_mask(reinterpret_cast<__m512i>(kept));
#elif defined(__AVX2__)
  return _mm256_movemask_pd(reinterpret_cast<__m256d>(kept));
#else
  return (kept[0] & 1) | (kept[1] & 2);
#endif
}

inline std::size_t write_probabilities(dvec p, unsigned bits, double* to) {
#if defined(__AVX512F__)
  const int count = __builtin_popcount(bits);
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1 << count) - 1),
                        _mm512_maskz_compress_pd(static_cast<__mmask8>(bits), p));
  return count;
#else
  std::size_t count = 0;
  for (int l = 0; l < D; ++l) {
    if (bits >> l & 1) to[count++] = p[l];
  }
  return count;
#endif
}

Collected fold(void* state, u64 first, u64 last, Cut cut, u64* kept_bits) {
  const divec all = everywhere(cut.sums_all);
  const vec* blocks = static_cast<const vec*>(state);
  double* to = reinterpret_cast<double*>(static_cast<vec*>(state) + 2 * first);
  constexpr u64 kBlocksPerWord = 64 / W;
  std::size_t n = 0;
  dvec sum = {};
  for (u64 b = first; b < last; b += kBlocksPerWord) {
    u64 word = 0;
    for (u64 k = 0; k < kBlocksPerWord; ++k) {
      const vec block[2] = {blocks[2 * (b + k)], blocks[2 * (b + k) + 1]};  // what is written may lie over it
      for (int which = 0; which < kParts; ++which) {
        const dvec p = probabilities_of(block, which);
        const divec kept = p > cut.floor;
        const unsigned bits = bits_of(kept);
        sum += (kept | all) ? p : dvec{};
        n += write_probabilities(p, bits, to + n);
        word |= u64{bits} << (k * W + which * D);
      }
    }
    *kept_bits++ = word;
  }
  return {n, total(sum)};
}

// From this many blocks on an answer goes past the caches, where nothing else is driven out by it.
constexpr u64 kStreamedBlocks = 256;

// Write the entries of a part that are kept; returns how many.
inline std::size_t write_kept(dvec p, divec kept, u64 first_state, bool streams, u64* states, double* probabilities) {
#if defined(__AVX512F__)
  alignas(64) static constexpr std::int64_t kLanes[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  const __mmask8 mask = _mm512_movepi64_mask(reinterpret_cast<__m512i>(kept));
  const __m512i lanes = _mm512_add_epi64(_mm512_set1_epi64(first_state), _mm512_load_si512(kLanes));
  const int count = __builtin_popcount(mask);
  const bool aligned = !((reinterpret_cast<u64>(states) | reinterpret_cast<u64>(probabilities)) & 63);
  if (count == 8 && streams && aligned) {
    _mm512_stream_pd(probabilities, p);
    _mm512_stream_si512(reinterpret_cast<__m512i*>(states), lanes);
    return 8;
  }
  const __mmask8 front = static_cast<__mmask8>((1 << count) - 1);
  _mm512_mask_storeu_pd(probabilities, front, _mm512_maskz_compress_pd(mask, p));
  _mm512_mask_storeu_epi64(states, front, _mm512_maskz_compress_epi64(mask, lanes));
  return count;
#else
  static_cast<void>(streams);
  std::size_t count = 0;
  for (int l = 0; l < D; ++l) {
    if (!kept[l]) continue;
    states[count] = first_state + l;
    probabilities[count++] = p[l];
  }
  return count;
#endif
}

Collected collect(const void* state, u64 first, u64 last, Cut cut, u64* states, double* probabilities) {
  const divec all = everywhere(cut.sums_all);
  const vec* blocks = static_cast<const vec*>(state);
  const bool streams = last - first >= kStreamedBlocks;
  std::size_t n = 0;
  dvec sum = {};
  for (u64 b = first; b < last; ++b) {
    for (int which = 0; which < kParts; ++which) {
      const dvec p = probabilities_of(blocks + 2 * b, which);
      const divec kept = p > cut.floor;
      sum += (kept | all) ? p : dvec{};
      n += write_kept(p, kept, (b << kLaneBits) + which * D, streams, states + n, probabilities + n);
    }
  }
#if defined(__AVX512F__)
  if (streams) _mm_sfence();
#endif
  return {n, total(sum)};
}

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
