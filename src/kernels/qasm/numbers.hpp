// Numbers of OpenQASM's expressions, computed as Python does it with int and float, which is what reads all programs
// that are not flat. Where an answer may differ or there is none, there is no answer here either.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace paultrap::qasm {

// Whole numbers up to here are doubles too, so that a division of two is rounded once.
inline constexpr std::int64_t kLargestWhole = std::int64_t{1} << 53;

// A whole number, or a double: in version 2 all are doubles.
class Number {
 public:
  static std::optional<Number> whole(std::int64_t value) {
    if (value > kLargestWhole || value < -kLargestWhole) return std::nullopt;
    return Number(true, value, static_cast<double>(value));
  }
  static std::optional<Number> real(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    return Number(false, 0, value);
  }

  bool is_whole() const { return is_whole_; }
  std::int64_t integer() const { return integer_; }
  double value() const { return value_; }

  Number negative() const { return is_whole_ ? Number(true, -integer_, static_cast<double>(-integer_)) : Number(false, 0, -value_); }

 private:
  Number(bool is_whole, std::int64_t integer, double value) : is_whole_(is_whole), integer_(integer), value_(value) {}

  bool is_whole_;
  std::int64_t integer_;
  double value_;
};

// One of + - * / and p, which is the power.
std::optional<Number> combined(char symbol, const Number& one, const Number& other);

// A function by the name that a version has for it.
std::optional<Number> applied(std::string_view name, int version, const Number& argument);

}  // namespace paultrap::qasm
