// Numbers of JSON to doubles, correctly rounded.
//
// Up to 19 digits are an integer w, and the wanted value is w * 10^-k. For k of at most 27 one division of 128 by 64
// bits gives 64 bits of w / 5^k, and its remainder shows which way the rest lies: that is enough to round exactly.
// Everything else goes to the standard library.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "json/grammar.hpp"

namespace paultrap::json {

inline constexpr int kMostDigits = 19;        // fit in 64 bits
inline constexpr int kMostDecimalPlaces = 27;  // 5^27 fits in 64 bits

// 5^k with its highest bit moved to bit 63.
struct PowerOfFive {
  std::uint64_t shifted;
  int shift;
};
inline constexpr std::array<PowerOfFive, kMostDecimalPlaces + 1> kPowersOfFive = [] {
  std::array<PowerOfFive, kMostDecimalPlaces + 1> powers{};
  std::uint64_t power = 1;
  for (PowerOfFive& entry : powers) {
    const int shift = std::countl_zero(power);
    entry = {power << shift, shift};
    power *= 5;
  }
  return powers;
}();

inline constexpr std::array<std::uint64_t, 9> kPowersOfTen{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// high * 2^64 / divisor; high < divisor.
inline std::uint64_t divide(std::uint64_t high, std::uint64_t low, std::uint64_t divisor, std::uint64_t& rest) {
#if defined(__x86_64__)
  std::uint64_t quotient;
  __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "a"(low), "d"(high), "r"(divisor) : "cc");
  return quotient;
#else
  __extension__ using Wide = unsigned __int128;
  const Wide number = Wide{high} << 64 | low;
  rest = static_cast<std::uint64_t>(number % divisor);
  return static_cast<std::uint64_t>(number / divisor);
#endif
}

// The double nearest to digits * 10^-places, ties to even.
inline double scale_down(std::uint64_t digits, int places) {
  if (places == 0 || digits == 0) return static_cast<double>(digits);
  const auto [divisor, power_up] = kPowersOfFive[static_cast<std::size_t>(places)];
  const int up = std::countl_zero(digits);
  const std::uint64_t number = digits << up;
  // Whether the quotient would take 65 bits. That and the rounding are even chances: no branches on them.
  const std::uint64_t large = number >= divisor;
  std::uint64_t rest = 0;
  const std::uint64_t quotient = divide(number >> large, (number & large) << 63, divisor, rest);
  // Of the 64 bits, 53 stay.
  const std::uint64_t dropped = quotient & 0x7FF;
  const std::uint64_t kept = quotient >> 11;
  const bool odd_or_more = (rest != 0) | ((kept & 1) != 0);
  const std::uint64_t rounded = kept + (dropped + odd_or_more > 0x400);
  const int exponent = 11 - 64 + static_cast<int>(large) + power_up - up - places;  // never below -160
  const double unit = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
  return static_cast<double>(rounded) * unit;
}

// Reads the digits at p, up to eight where wanted, behind those read so far; returns how many. Eight bytes are read.
// A number's count of digits is hard to foresee, so there is no branch on it.
inline int append_digits(const char* p, bool wanted, std::uint64_t& digits) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  std::uint64_t bytes;
  std::memcpy(&bytes, p, 8);
  const std::uint64_t values = bytes ^ (ones * '0');
  // A digit's value stays below 16 with 6 added. Carries only touch bytes above the first that is no digit.
  const std::uint64_t others = (values | (values + ones * 6)) & (ones * 0xF0);
  const int found = std::countr_zero(others | std::uint64_t{1} << 63) / 8 + (others == 0);
  const int count = found & -static_cast<int>(wanted);
  const std::uint64_t aligned = values << (32 - 4 * count) << (32 - 4 * count);
  const std::uint64_t pairs = aligned * 10 + (aligned >> 8);
  constexpr std::uint64_t mask = 0x000000FF000000FFULL;
  const std::uint64_t number = ((pairs & mask) * (100 + (std::uint64_t{1000000} << 32)) +
                                ((pairs >> 16) & mask) * (1 + (std::uint64_t{10000} << 32))) >> 32;
  digits = digits * kPowersOfTen[static_cast<std::size_t>(count)] + number;
  return count;
}

// The same by the standard library; p is at something that begins like a number of JSON.
inline const char* read_any_number(const char* p, const char* end, double& value) {
  // from_chars takes a little more than JSON has: "01", ".5", "1." and names of no numbers.
  const char* whole = *p == '-' ? p + 1 : p;
  if (!is_digit(*whole) || (*whole == '0' && is_digit(whole[1]))) return nullptr;
  whole = skip_digits(whole);
  if (*whole == '.' && !is_digit(whole[1])) return nullptr;
  const auto [after, error] = std::from_chars(p, end, value);
  return error == std::errc{} && after - p <= kLongestNumber ? after : nullptr;
}

// Reads a number; returns where it ends, or nullptr where it is none that a double holds. Bytes up to `end` may be
// read, and the byte there is NUL.
inline const char* read_number(const char* p, const char* end, double& value) {
  const char* at = p;
  const bool negative = *at == '-';
  at += negative;
  // No branch on whether it begins with 0, which is hard to foresee too.
  if (!is_digit(*at) || ((*at == '0') & is_digit(at[1]))) return nullptr;
  const char* const first = at;
  std::uint64_t digits = 0;
  while (is_digit(*at)) digits = 10 * digits + static_cast<std::uint64_t>(*at++ - '0');
  std::ptrdiff_t count = at - first, places = 0;
  if (*at == '.') {
    const char* const point = at++;
    if (!is_digit(*at)) return nullptr;
    if (end - at < 24) return read_any_number(p, end, value);
    int more = append_digits(at, true, digits);
    if (more == 8) {
      const int second = append_digits(at + 8, true, digits);
      more += second + append_digits(at + 16, second == 8, digits);
    }
    if (more == 24) return read_any_number(p, end, value);
    at += more;
    places = at - point - 1;
    count += places;
  }
  if (count > kMostDigits || places > kMostDecimalPlaces || *at == 'e' || *at == 'E') {
    return read_any_number(p, end, value);
  }
  value = scale_down(digits, static_cast<int>(places));
  value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | static_cast<std::uint64_t>(negative) << 63);
  return at;
}

}  // namespace paultrap::json
