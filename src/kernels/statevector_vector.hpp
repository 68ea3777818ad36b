// Vectors of W doubles for the instruction set that this translation unit is compiled for.
//
// Included only by statevector_isa.cpp, which is compiled once per instruction set. Nothing here, or there, may use
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
constexpr int kLaneBits = 3;
#elif defined(__AVX2__)
constexpr int kLaneBits = 2;
#else
constexpr int kLaneBits = 1;
#endif
constexpr int W = 1 << kLaneBits;

using u64 = std::uint64_t;
typedef double vec __attribute__((vector_size(8 * W)));
typedef std::int64_t ivec __attribute__((vector_size(8 * W)));

// Lane l by row r, for every set r of lane bits.
struct Tables {
  alignas(64) std::int64_t contains[W][W];  // -1 where l has all bits of r
  alignas(64) double sign[W][W];            // -1 where l and r share an odd number of bits
  alignas(64) std::int64_t swapped[W][W];   // l ^ r
  alignas(64) std::int32_t halves[W][2 * W];  // the same in 32-bit halves
};

constexpr Tables make_tables() {
  Tables t{};
  for (int r = 0; r < W; ++r) {
    for (int l = 0; l < W; ++l) {
      const int shared = l & r;
      t.contains[r][l] = shared == r ? -1 : 0;
      t.sign[r][l] = ((shared ^ shared >> 1 ^ shared >> 2) & 1) ? -1.0 : 1.0;
      t.swapped[r][l] = l ^ r;
      t.halves[r][2 * l] = 2 * (l ^ r);
      t.halves[r][2 * l + 1] = 2 * (l ^ r) + 1;
    }
  }
  return t;
}
constexpr Tables kTables = make_tables();

inline vec broadcast(double value) { return vec{} + value; }
inline ivec contains(int bits) { return *reinterpret_cast<const ivec*>(kTables.contains[bits]); }
inline vec sign(int bits) { return *reinterpret_cast<const vec*>(kTables.sign[bits]); }

// Lane l of the answer is lane l ^ bits of the argument.
#if defined(__AVX512F__)
struct Swap {
  __m512i index;
  explicit Swap(int bits) : index(_mm512_load_si512(kTables.swapped[bits])) {}
  vec operator()(vec v) const { return _mm512_permutexvar_pd(index, v); }
};
#elif defined(__AVX2__)
struct Swap {
  __m256i index;
  explicit Swap(int bits) : index(_mm256_load_si256(reinterpret_cast<const __m256i*>(kTables.halves[bits]))) {}
  vec operator()(vec v) const {
    return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), index));
  }
};
#else
struct Swap {
  bool on;
  explicit Swap(int bits) : on(bits != 0) {}
  vec operator()(vec v) const { return on ? vec{v[1], v[0]} : v; }
};
#endif

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
