#include "qasm/numbers.hpp"

#include <array>

namespace paultrap::qasm {
namespace {

struct Function {
  std::string_view name;
  bool is_in_2, is_in_3;
  double (*of)(double);
};

// Those of the C library, as Python's.
constexpr std::array<Function, 13> kFunctions{{
    {"sin", true, true, [](double x) { return std::sin(x); }},
    {"cos", true, true, [](double x) { return std::cos(x); }},
    {"tan", true, true, [](double x) { return std::tan(x); }},
    {"exp", true, true, [](double x) { return std::exp(x); }},
    {"sqrt", true, true, [](double x) { return std::sqrt(x); }},
    {"ln", true, true, [](double x) { return std::log(x); }},
    {"asin", true, true, [](double x) { return std::asin(x); }},
    {"acos", true, true, [](double x) { return std::acos(x); }},
    {"atan", true, true, [](double x) { return std::atan(x); }},
    {"log", false, true, [](double x) { return std::log(x); }},
    {"arcsin", false, true, [](double x) { return std::asin(x); }},
    {"arccos", false, true, [](double x) { return std::acos(x); }},
    {"arctan", false, true, [](double x) { return std::atan(x); }},
}};

std::optional<Number> power(std::int64_t base, std::int64_t exponent) {
  std::int64_t found = 1;
  if (exponent > 53 && base != 0 && base != 1) return std::nullopt;
  for (std::int64_t k = 0; k < exponent && k < 54; ++k) {
    // Both are at most 2^53, so that a product of 2^63 or more is seen beforehand.
    if (std::abs(static_cast<double>(found) * static_cast<double>(base)) > static_cast<double>(kLargestWhole)) return std::nullopt;
    found *= base;
  }
  return Number::whole(found);
}

std::optional<Number> power(double base, double exponent) {
  // Python refuses 0 to a negative power, and has complex numbers for roots of negative ones.
  if (base == 0 && exponent < 0) return std::nullopt;
  if (base < 0 && exponent != std::floor(exponent)) return std::nullopt;
  return Number::real(std::pow(base, exponent));
}

}  // namespace

std::optional<Number> combined(char symbol, const Number& one, const Number& other) {
  const bool whole = one.is_whole() && other.is_whole();
  const std::int64_t a = one.integer(), b = other.integer();
  switch (symbol) {
    case '+': return whole ? Number::whole(a + b) : Number::real(one.value() + other.value());
    case '-': return whole ? Number::whole(a - b) : Number::real(one.value() - other.value());
    case '*':
      if (!whole) return Number::real(one.value() * other.value());
      if (std::abs(one.value() * other.value()) > static_cast<double>(kLargestWhole)) return std::nullopt;
      return Number::whole(a * b);
    case '/':
      if (other.value() == 0) return std::nullopt;
      if (whole && a % b == 0) return Number::whole(a / b);
      return Number::real(one.value() / other.value());
    case 'p':
      return whole && b >= 0 ? power(a, b) : power(one.value(), other.value());
    default: return std::nullopt;
  }
}

std::optional<Number> applied(std::string_view name, int version, const Number& argument) {
  for (const Function& each : kFunctions) {
    if (each.name == name && (version == 2 ? each.is_in_2 : each.is_in_3)) {
      return Number::real(each.of(argument.value()));
    }
  }
  return std::nullopt;
}

}  // namespace paultrap::qasm
