// Writes numbers between 0 and 1 by the Schubfach method (R. Giulietti, "The Schubfach way to render doubles"): of
// the multiples of a power of ten so coarse that the double's rounding interval holds at most a few of them, one or
// two are tried. Products with a 128-bit power of ten, rounded to odd, are exact enough to decide that. Others are
// rare in an answer and go to the standard library.
#include "json/write_number.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

namespace paultrap {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kHighestPower = 324;  // of ten, for the smallest double
constexpr int kLimbs = 18;          // of 64 bits: 10^324 takes 1077 bits

struct Power {
  std::uint64_t high, low;
};

// ceil(10^e * 2^(127 - floor(log2 10^e))) for e from 0 to kHighestPower.
struct Powers {
  std::array<Power, kHighestPower + 1> of_ten;

  Powers() {
    std::array<std::uint64_t, kLimbs> number{1};  // lowest limb first
    for (Power& power : of_ten) {
      power = leading(number);
      std::uint64_t carry = 0;
      for (std::uint64_t& limb : number) {
        const Wide product = Wide{limb} * 10 + carry;
        limb = static_cast<std::uint64_t>(product);
        carry = static_cast<std::uint64_t>(product >> 64);
      }
    }
  }

 private:
  static Power leading(const std::array<std::uint64_t, kLimbs>& number) {
    int top = kLimbs - 1;
    while (!number[static_cast<std::size_t>(top)]) --top;
    const auto limb = [&](int i) { return i < 0 ? 0 : number[static_cast<std::size_t>(i)]; };
    const int up = std::countl_zero(limb(top));
    const auto shifted = [&](int i) { return up ? limb(i) << up | limb(i - 1) >> (64 - up) : limb(i); };
    Wide digits = Wide{shifted(top)} << 64 | shifted(top - 1);
    bool rest = shifted(top - 2) != 0;
    for (int i = top - 3; i >= 0; --i) rest = rest || limb(i) != 0;
    digits += rest;
    return {static_cast<std::uint64_t>(digits >> 64), static_cast<std::uint64_t>(digits)};
  }
};

// floor(log10 2^e), floor(log10 (3/4 * 2^e)) and floor(log2 10^e), for all that a double needs.
int log10_of_power_of_2(int e) { return (e * 1262611) >> 22; }
int log10_of_three_quarters(int e) { return (e * 1262611 - 524031) >> 22; }
int log2_of_power_of_10(int e) { return (e * 1741647) >> 19; }

// The product's bits from 128 on, with the last one set where anything lies below.
std::uint64_t multiply(const Power& power, std::uint64_t factor) {
  const Wide low = Wide{power.low} * factor;
  const Wide high = Wide{power.high} * factor + static_cast<std::uint64_t>(low >> 64);
  return static_cast<std::uint64_t>(high >> 64) | (static_cast<std::uint64_t>(high) > 1);
}

struct Decimal {
  std::uint64_t digits;
  int exponent;
};

// The shortest decimal of a double in (0, 1), the nearest of several; it may end in zeros.
Decimal shortest(double value) {
  static const Powers powers;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const int biased = static_cast<int>(bits >> 52);
  const std::uint64_t c = biased ? fraction | std::uint64_t{1} << 52 : fraction;
  const int q = (biased ? biased : 1) - 1075;
  const bool nearer_below = fraction == 0 && biased > 1;
  const std::uint64_t odd = c & 1;
  const int k = nearer_below ? log10_of_three_quarters(q) : log10_of_power_of_2(q);
  const int h = q + log2_of_power_of_10(-k) + 1;
  const Power& power = powers.of_ten[static_cast<std::size_t>(-k)];
  const std::uint64_t middle = multiply(power, 4 * c << h);
  const std::uint64_t lower = multiply(power, (4 * c - 2 + nearer_below) << h) + odd;
  const std::uint64_t upper = multiply(power, (4 * c + 2) << h) - odd;
  // How many digits a number takes is hard to foresee: the candidates are all worked out and one is picked.
  const std::uint64_t s = middle / 4, tens = s / 10;
  const bool tens_below = lower <= 40 * tens, tens_above = 40 * tens + 40 <= upper;
  const bool coarse = (s >= 10) & (tens_below != tens_above);
  const bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
  const bool nearest_above = (middle > 4 * s + 2) | ((middle == 4 * s + 2) & ((s & 1) != 0));
  const bool up = below != above ? above : nearest_above;
  const std::uint64_t take_coarse = -static_cast<std::uint64_t>(coarse);
  const std::uint64_t digits = ((tens + tens_above) & take_coarse) | ((s + up) & ~take_coarse);
  return {digits, k + coarse};
}

constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

void write_pair(char* to, std::uint32_t value) { std::memcpy(to, kPairs.data() + 2 * value, 2); }

void write_eight(char* to, std::uint32_t value) {
  const std::uint32_t high = value / 10000, low = value % 10000;
  write_pair(to, high / 100);
  write_pair(to + 2, high % 100);
  write_pair(to + 4, low / 100);
  write_pair(to + 6, low % 100);
}

constexpr auto kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

int count_digits(std::uint64_t value) {
  const int guess = ((64 - std::countl_zero(value)) * 1233) >> 12;
  return guess + (value >= kPowersOfTen[static_cast<std::size_t>(guess)]);
}

// Writes 17 digits, those that are not there as zeros behind the others.
void write_digits(char* to, std::uint64_t digits, int count) {
  digits *= kPowersOfTen[static_cast<std::size_t>(17 - count)];
  const std::uint64_t high = digits / 100'000'000;
  *to = static_cast<char>('0' + high / 100'000'000);
  write_eight(to + 1, static_cast<std::uint32_t>(high % 100'000'000));
  write_eight(to + 9, static_cast<std::uint32_t>(digits % 100'000'000));
}

char* write_scientific(char* to, std::uint64_t digits, int count, int exponent) {
  write_digits(to + 1, digits, count);
  to[0] = to[1];
  to[1] = '.';
  to += count == 1 ? 1 : count + 1;
  *to++ = 'e';
  *to++ = '-';
  const auto size = static_cast<std::uint32_t>(-exponent);
  if (size >= 100) *to++ = static_cast<char>('0' + size / 100);
  write_pair(to, size % 100);
  return to + 2;
}

char* write_any_number(char* to, double value) {
  char* const after = std::to_chars(to, to + 32, value).ptr;
  const std::string_view digits(to, static_cast<std::size_t>(after - to));
  if (digits.find_first_of(".e") != digits.npos) return after;
  std::memcpy(after, ".0", 2);
  return after + 2;
}

}  // namespace

char* write_number(char* to, double value) {
  if (!(value > 0 && value < 1)) return write_any_number(to, value);
  auto [digits, exponent] = shortest(value);
  while (digits % 10 == 0) {
    digits /= 10;
    ++exponent;
  }
  const int count = count_digits(digits);
  const int zeros = -exponent - count;  // behind the point
  // Plain: 0.000ddd. Scientific: d.dde-05, without the point where there is one digit.
  const int scientific = count + (count > 1) + (zeros + 1 >= 100 ? 5 : 4);
  if (2 + zeros + count > scientific) return write_scientific(to, digits, count, exponent + count - 1);
  std::memcpy(to, "0.00000000", 10);
  write_digits(to + 2 + zeros, digits, count);
  return to + 2 + zeros + count;
}

}  // namespace paultrap
