// Writes keys of bits.
#include "json/text.hpp"

#include <cstring>

namespace paultrap {

void append(Text& text, std::string_view more) {
  text.make_room(more.size());
  std::memcpy(text.end(), more.data(), more.size());
  text.cut(text.size() + more.size());
}

char* write_bits(char* to, std::uint64_t state, int width) {
  for (; width >= 8; to += 8) {
    width -= 8;
    // Eight copies of the byte, each shifted so that its next bit is where the mask looks.
    const std::uint64_t bits = ((state >> width & 0xFF) * 0x8040201008040201ULL >> 7) & 0x0101010101010101ULL;
    const std::uint64_t digits = bits | 0x3030303030303030ULL;
    std::memcpy(to, &digits, 8);
  }
  for (int bit = width - 1; bit >= 0; --bit) *to++ = static_cast<char>('0' + (state >> bit & 1));
  return to;
}

}  // namespace paultrap
