// Finds the end of a JSON list, 64 bytes at a time: where the quotes are gives which bytes lie inside strings, and
// among the others only square brackets count. Blocks with a backslash go byte by byte; ordinary gate lists have
// none.
#include "json/skip.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace paultrap {
namespace {

struct Masks {
  std::uint64_t quotes = 0, opens = 0, closes = 0, backslashes = 0;
};

#if defined(__SSE2__)
Masks masks_of(const char* p) {
  Masks masks;
  const auto where = [](__m128i bytes, char c) {
    const __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
    return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(hits)));
  };
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
    masks.quotes |= where(bytes, '"') << (16 * i);
    masks.opens |= where(bytes, '[') << (16 * i);
    masks.closes |= where(bytes, ']') << (16 * i);
    masks.backslashes |= where(bytes, '\\') << (16 * i);
  }
  return masks;
}
#else
Masks masks_of(const char* p) {
  Masks masks;
  for (int i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (p[i] == '"') masks.quotes |= bit;
    if (p[i] == '[') masks.opens |= bit;
    if (p[i] == ']') masks.closes |= bit;
    if (p[i] == '\\') masks.backslashes |= bit;
  }
  return masks;
}
#endif

// Bit i: whether an odd number of the bits 0 to i is set.
std::uint64_t prefix_parity(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

class Skipper {
 public:
  // Reads one block; true when the list closed in it, at `closed_at`.
  bool block(const char* p) {
    const Masks masks = masks_of(p);
    if (masks.backslashes || escaped_) return bytes(p, p + 64);
    const std::uint64_t inside = prefix_parity(masks.quotes) ^ (in_string_ ? ~0ULL : 0ULL);
    in_string_ = inside >> 63;
    const std::uint64_t opens = masks.opens & ~inside;
    // A block of a gate list has few brackets, so one by one is fast.
    for (std::uint64_t left = opens | (masks.closes & ~inside); left; left &= left - 1) {
      const int at = std::countr_zero(left);
      depth_ += opens >> at & 1 ? 1 : -1;
      if (depth_ == 0) {
        closed_at = p + at + 1;
        return true;
      }
    }
    return false;
  }

  bool bytes(const char* p, const char* end) {
    for (; p < end; ++p) {
      if (escaped_) {
        escaped_ = false;
      } else if (in_string_) {
        if (*p == '\\') escaped_ = true;
        if (*p == '"') in_string_ = false;
      } else if (*p == '"') {
        in_string_ = true;
      } else if (*p == '[') {
        ++depth_;
      } else if (*p == ']' && --depth_ == 0) {
        closed_at = p + 1;
        return true;
      }
    }
    return false;
  }

  const char* closed_at = nullptr;

 private:
  std::int64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace

const char* skip_list(const char* p, const char* end) {
  Skipper skipper;
  for (; end - p >= 64; p += 64) {
    if (skipper.block(p)) return skipper.closed_at;
  }
  skipper.bytes(p, end);
  return skipper.closed_at;
}

}  // namespace paultrap
