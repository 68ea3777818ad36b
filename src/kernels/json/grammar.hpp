// The grammar of JSON (RFC 8259) in small steps, over text that is followed by a NUL byte.
//
// Every function takes where a token begins and returns where it ends, or nullptr where the
// text is not that token. The NUL (CPython keeps one after every bytes object) belongs to no
// token, so reading one byte at a time needs no bound.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace paultrap::json {

static_assert(std::endian::native == std::endian::little, "words of text are read little-endian");

// Bytes of a number; the longest exact double needs about 770.
inline constexpr std::ptrdiff_t kLongestNumber = 1000;

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

inline const char* skip_space(const char* p) {
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
  return p;
}

inline const char* skip_digits(const char* p) {
  while (is_digit(*p)) ++p;
  return p;
}

// The end of a number. Leading zeros, "+1", ".5" and "1." are not JSON.
inline const char* number_end(const char* p) {
  if (*p == '-') ++p;
  if (!is_digit(*p)) return nullptr;
  p = *p == '0' ? p + 1 : skip_digits(p);
  if (*p == '.') {
    if (!is_digit(p[1])) return nullptr;
    p = skip_digits(p + 1);
  }
  if (*p == 'e' || *p == 'E') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!is_digit(*p)) return nullptr;
    p = skip_digits(p);
  }
  return p;
}

// One well-formed UTF-8 sequence of two to four bytes.
inline const char* utf8_end(const char* p) {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  const auto follows = [&](int i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? p + 2 : nullptr;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2)) return nullptr;
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? nullptr : p + 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return nullptr;
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond ? nullptr : p + 4;
  }
  return nullptr;
}

// The code unit of "\uXXXX" at p, or -1.
inline int code_unit(const char* p) {
  if (p[0] != '\\' || p[1] != 'u') return -1;
  int unit = 0;
  for (int i = 2; i < 6; ++i) {
    const char c = p[i];
    int digit = 0;
    if (is_digit(c)) digit = c - '0';
    else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    else return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// One escape sequence; a surrogate must come as a pair, as text has no other kind.
inline const char* escape_end(const char* p) {
  switch (p[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
      return p + 2;
    case 'u':
      break;
    default:
      return nullptr;
  }
  const int unit = code_unit(p);
  if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return nullptr;
  if (unit < 0xD800 || unit > 0xDBFF) return p + 6;
  const int low = code_unit(p + 6);
  return low >= 0xDC00 && low <= 0xDFFF ? p + 12 : nullptr;
}

// How many of the eight bytes at p, from the first on, are plain characters of a string.
inline int plain_bytes(const char* p) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  constexpr std::uint64_t highs = 0x8080808080808080ULL;
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  const auto zeros = [&](std::uint64_t w) { return (w - ones) & ~w & highs; };
  // Borrows may mark a byte above a real hit, never below one: the lowest mark is right.
  const std::uint64_t marks = zeros(word ^ (ones * '"')) | zeros(word ^ (ones * '\\')) |
                              ((word - ones * 0x20) & ~word & highs) | (word & highs);
  return marks ? std::countr_zero(marks) / 8 : 8;
}

// The end of a string (p at its opening quote). `end` bounds the reads of eight bytes.
inline const char* string_end(const char* p, const char* end) {
  ++p;
  while (p) {
    while (end - p >= 8) {
      const int plain = plain_bytes(p);
      p += plain;
      if (plain < 8) break;
    }
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"') return p + 1;
    if (c == '\\') p = escape_end(p);
    else if (c >= 0x80) p = utf8_end(p);
    else if (c >= 0x20) ++p;
    else return nullptr;
  }
  return nullptr;
}

// The text of a well-formed string without its quotes, escapes resolved, in UTF-8.
std::string unescape(const char* begin, const char* end);

}  // namespace paultrap::json
