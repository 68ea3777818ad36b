// Vectors of W doubles (floats with PAULTRAP_SINGLE) for the instruction set that this translation unit is compiled
// for.
//
// Included only by statevector/isa.cpp, which is compiled once per instruction set and precision. Nothing here, or there, may use
// inline functions of the standard library: the linker keeps one copy of those, and it could be one that an older
// processor cannot run.
#pragma once

#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace paultrap::PAULTRAP_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

#if defined(PAULTRAP_SINGLE)
using real = float;
using lane_int = std::int32_t;
#else
using real = double;
using lane_int = std::int64_t;
#endif

constexpr int W = kVectorBytes / static_cast<int>(sizeof(real));
constexpr int kLaneBits = __builtin_ctz(W);

using u64 = std::uint64_t;
typedef real vec __attribute__((vector_size(kVectorBytes)));
typedef lane_int ivec __attribute__((vector_size(kVectorBytes)));

// Lane l by row r, for every set r of lane bits.
struct Tables {
  alignas(64) lane_int contains[W][W];  // -1 where l has all bits of r
  alignas(64) real sign[W][W];          // -1 where l and r share an odd number of bits
  alignas(64) lane_int swapped[W][W];   // l ^ r
  alignas(64) std::int32_t words[W][kVectorBytes / 4];  // the same in 32-bit words
};

constexpr Tables make_tables() {
  constexpr int kWords = sizeof(real) / 4;
  Tables t{};
  for (int r = 0; r < W; ++r) {
    for (int l = 0; l < W; ++l) {
      const int shared = l & r;
      t.contains[r][l] = shared == r ? -1 : 0;
      t.sign[r][l] = ((shared ^ shared >> 1 ^ shared >> 2 ^ shared >> 3) & 1) ? -1 : 1;
      t.swapped[r][l] = l ^ r;
      for (int k = 0; k < kWords; ++k) t.words[r][kWords * l + k] = kWords * (l ^ r) + k;
    }
  }
  return t;
}
constexpr Tables kTables = make_tables();

inline vec broadcast(double value) { return vec{} + static_cast<real>(value); }
inline ivec contains(int bits) { return *reinterpret_cast<const ivec*>(kTables.contains[bits]); }
inline vec sign(int bits) { return *reinterpret_cast<const vec*>(kTables.sign[bits]); }

// Lane l of the answer is lane l ^ bits of the argument.
#if defined(__AVX512F__)
struct Swap {
  __m512i index;
  explicit Swap(int bits) : index(_mm512_load_si512(kTables.swapped[bits])) {}
#if defined(PAULTRAP_SINGLE)
  vec operator()(vec v) const { return _mm512_permutexvar_ps(index, v); }
#else
  vec operator()(vec v) const { return _mm512_permutexvar_pd(index, v); }
#endif
};
#elif defined(__AVX2__)
struct Swap {
  __m256i index;
  explicit Swap(int bits) : index(_mm256_load_si256(reinterpret_cast<const __m256i*>(kTables.words[bits]))) {}
  vec operator()(vec v) const {
    return reinterpret_cast<vec>(_mm256_permutevar8x32_ps(reinterpret_cast<__m256>(v), index));
  }
};
#else
struct Swap {
  int bits;
  explicit Swap(int lanes) : bits(lanes) {}
  vec operator()(vec v) const {
    vec out;
    for (int l = 0; l < W; ++l) out[l] = v[l ^ bits];
    return out;
  }
};
#endif

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
