// Tests of numbers as JSON: what is written reads back as the same double, and what is read is the nearest one.
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "json/read_number.hpp"
#include "json/write_number.hpp"
#include "testing/testing.hpp"

using namespace paultrap;

namespace {

// As bodies are: followed by room to look ahead, and a NUL byte.
bool reads(const std::string& text, double& value, std::size_t& length) {
  const std::string padded = text + std::string(40, '\0');
  const char* const end = json::read_number(padded.data(), padded.data() + text.size(), value);
  length = end ? static_cast<std::size_t>(end - padded.data()) : 0;
  return end != nullptr;
}

bool same(double one, double other) { return std::bit_cast<std::uint64_t>(one) == std::bit_cast<std::uint64_t>(other); }

std::size_t digits_of(const std::string& text) {
  std::string found;
  for (const char c : text.substr(0, text.find('e'))) if (c >= '0' && c <= '9') found += c;
  found.erase(0, found.find_first_not_of('0'));
  found.erase(found.find_last_not_of('0') + 1);
  return found.size();
}

void check_written(double value) {
  char text[32];
  const std::string written(text, write_number(text, value));
  CHECK(written.size() <= 26);
  CHECK(written.find_first_of(".e") != std::string::npos);
  CHECK(same(std::strtod(written.c_str(), nullptr), value));
  double back = 0;
  std::size_t length = 0;
  CHECK(reads(written, back, length) && length == written.size() && same(back, value));
  if (std::abs(value) > 1) return;  // large ones in the plain spelling have all their digits
  const std::string shortest(text, std::to_chars(text, text + 32, value, std::chars_format::scientific).ptr);
  CHECK(digits_of(written) <= digits_of(shortest));
}

void check_read(const std::string& text) {
  double value = 0;
  std::size_t length = 0;
  const double expected = std::strtod(text.c_str(), nullptr);
  // What would round to infinity or to 0 is for the strict reader.
  const bool read = reads(text, value, length);
  CHECK(std::isfinite(expected) ? read || expected == 0 : !read);
  if (read) CHECK(length == text.size() && same(value, expected));
}

}  // namespace

TEST(probabilities_are_written_with_the_fewest_digits) {
  std::mt19937_64 random(1);
  for (int k = 0; k < 100000; ++k) check_written(std::ldexp(static_cast<double>(random() >> 11), -53));
  for (int k = 0; k < 20000; ++k) check_written(std::ldexp(static_cast<double>(random() >> 11), -53 - k % 1000));
  for (int n = 1; n < 2000; ++n) check_written(1.0 / n);
}

TEST(any_finite_number_is_written_and_read_back) {
  std::mt19937_64 random(2);
  for (const double value : {0.0, 1.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e22, 1e23}) {
    check_written(value);
  }
  for (int k = 0; k < 100000; ++k) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) check_written(value);
  }
}

TEST(decimals_of_any_length_are_read_as_the_nearest_double) {
  std::mt19937_64 random(3);
  const auto digits = [&](unsigned count) {
    std::string text;
    for (unsigned k = 0; k < count; ++k) text += static_cast<char>('0' + random() % 10);
    return text;
  };
  for (int k = 0; k < 100000; ++k) {
    std::string text = random() % 2 ? "-" : "";
    text += random() % 3 ? "0" : std::to_string(1 + random() % 1000000);
    if (random() % 8) text += "." + digits(1 + random() % 30);
    if (random() % 4 == 0) text += (random() % 2 ? "e-" : "E+") + std::to_string(random() % 340);
    check_read(text);
  }
}

TEST(ties_are_read_to_the_even_double) {
  for (std::uint64_t k = 0; k < 2000; ++k) {
    const std::uint64_t whole = (std::uint64_t{1} << 53) + 2 * k;
    for (const char* rest : {"", ".0", ".5", ".00000001"}) check_read(std::to_string(whole + 1) + rest);
  }
}

TEST(what_is_no_number_is_not_read) {
  for (const char* text : {"-", ".5", "+1", "1.", "1.e5", "1e", "1e+", "-a", "", "nan", "inf", "1e999", "-1e400"}) {
    double value = 0;
    std::size_t length = 0;
    CHECK(!reads(text, value, length) || length < std::strlen(text));
  }
}
