// An angle less whole double turns, by the method of Payne and Hanek: the angle is m 2^e with a whole m, of 1 / (4 pi)
// only those bits matter that make up no whole turn, and some 200 bits of the rest leave none to be rounded wrongly.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "qasm/unitaries.hpp"

namespace paultrap::qasm {
namespace {

using Word = std::uint64_t;
__extension__ using Wide = unsigned __int128;
constexpr std::size_t kWords = 4;
using Fraction = std::array<Word, kWords>;  // the first word has the highest bits

constexpr int kBits = 53;  // of a double's whole number m
constexpr double kDoubleTurn = 4 * std::numbers::pi;

// The bits of 1 / (4 pi) behind the point: as many as the largest double has before its own, and 256 more.
constexpr std::array<Word, 21> kInverse{
    0x145f306dc9c882a5, 0x3f84eafa3ea69bb8, 0x1b6c52b327887208, 0x3fca2c757bd778ac, 0x36e48dc74849ba5c, 0x00c925dd413a3243,
    0x9fc3bd63962534e7, 0xdd1046bea5d76890, 0x9d338e04d68befc8, 0x27323ac7306a673e, 0x93908bf177bf2507, 0x63ff12fffbc0b301,
    0xfde5e2316b414da3, 0xeda6cfd9e4f96136, 0xe9e8c7ecd3cbfd45, 0xaea4f758fd7cbe2f, 0x67a0e73ef14a525d, 0x4d7f6bf623f1aba1,
    0x0ac06608df8f6d75, 0x7e19f784135e86c3, 0xb53c722c2bdcc361};
// 4 pi times 2^252.
constexpr Fraction kPeriod{0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, 0x29024e088a67cc74, 0x020bbea63b139b22};
constexpr int kPeriodBits = 252;

// 2^e / (4 pi) less whole numbers, for e above -64.
Fraction inverse_times_power(int exponent) {
  Fraction found;
  const int first = exponent >= 0 ? exponent / 64 : -1;
  const int shift = exponent >= 0 ? exponent % 64 : 64 + exponent;
  for (std::size_t k = 0; k < kWords; ++k) {
    const int at = first + static_cast<int>(k);
    const Word high = at < 0 ? 0 : kInverse[static_cast<std::size_t>(at)];
    const Word low = kInverse[static_cast<std::size_t>(at + 1)];
    found[k] = shift == 0 ? high : high << shift | low >> (64 - shift);
  }
  return found;
}

// A fraction times a whole number, less whole numbers.
Fraction times(const Fraction& fraction, Word factor) {
  Fraction found;
  Word carry = 0;
  for (std::size_t k = kWords; k-- > 0;) {
    const Wide product = Wide{fraction[k]} * factor + carry;
    found[k] = static_cast<Word>(product);
    carry = static_cast<Word>(product >> 64);
  }
  return found;
}

Fraction negative(const Fraction& fraction) {
  Fraction found;
  Word carry = 1;
  for (std::size_t k = kWords; k-- > 0;) {
    found[k] = ~fraction[k] + carry;
    carry = carry && found[k] == 0;
  }
  return found;
}

// The upper half of the product of two.
Fraction product(const Fraction& one, const Fraction& other) {
  std::array<Word, 2 * kWords> all{};
  for (std::size_t a = kWords; a-- > 0;) {
    Word carry = 0;
    for (std::size_t b = kWords; b-- > 0;) {
      const Wide sum = Wide{one[a]} * other[b] + all[a + b + 1] + carry;
      all[a + b + 1] = static_cast<Word>(sum);
      carry = static_cast<Word>(sum >> 64);
    }
    all[a] = carry;
  }
  return {all[0], all[1], all[2], all[3]};
}

// The nearest double to a fraction times 2^scale.
double rounded(const Fraction& fraction, int scale) {
  std::size_t first = 0;
  while (first + 1 < kWords && fraction[first] == 0) ++first;
  if (fraction[first] == 0) return 0;
  const int shift = std::countl_zero(fraction[first]);
  Word top = fraction[first] << shift;
  bool is_more = false;
  for (std::size_t k = first + 1; k < kWords; ++k) {
    Word rest = fraction[k];
    if (k == first + 1 && shift > 0) {
      top |= rest >> (64 - shift);
      rest <<= shift;
    }
    is_more |= rest != 0;
  }
  top |= is_more;  // far below what a double has, and it decides what would lie half-way
  return std::ldexp(static_cast<double>(top), scale - 64 * static_cast<int>(first + 1) - shift);
}

}  // namespace

double reduced(double angle) {
  if (std::abs(angle) <= kDoubleTurn) return angle;
  int exponent = 0;
  const double whole = std::ldexp(std::frexp(std::abs(angle), &exponent), kBits);
  Fraction turns = times(inverse_times_power(exponent - kBits), static_cast<Word>(whole));
  const bool is_upper = turns[0] >> 63;
  if (is_upper) turns = negative(turns);
  const double found = rounded(product(turns, kPeriod), 256 - kPeriodBits);
  return is_upper == (angle < 0) ? found : -found;
}

}  // namespace paultrap::qasm
