// Reads the values of one gate object's members.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "json/grammar.hpp"
#include "json/read_number.hpp"
#include "json/table.hpp"

namespace paultrap {

inline constexpr int kMostQubits = 64;  // of a fast circuit: its qubits are a word of bits

enum Field : unsigned {
  kGate, kTarget, kTargets, kControl, kControls, kRotation, kPhase, kPhases, kAngle, kTime, kCoefficients, kTerms,
  kFields, kNone = kFields,
};
constexpr unsigned bit(Field field) { return 1U << field; }

struct Qubits {
  int count = 0;
  std::uint64_t mask = 0;
  std::array<std::uint8_t, kMostQubits> list;
};

// The fields of one gate object as read, in whatever order they came. Every function returns where it stopped, or
// nullptr where the strict reader must look.
class Fields {
 public:
  explicit Fields(const char* end) : end_(end) {}

  unsigned seen = 0;
  std::uint64_t name = 0;
  Qubits targets, controls;
  double rotation = 0, phase = 0, angle = 0, time = 0;
  std::array<double, 2> phases{};
  std::vector<double> coefficients;
  std::vector<std::string_view> terms;

  void clear() {
    seen = 0;
    targets.count = controls.count = 0;
    targets.mask = controls.mask = 0;
  }

  // The field of the key at p, which is at its opening quote; p moves behind the closing one.
  Field read_key(const char*& p) const {
    std::uint64_t key = 0;
    p = short_string(p, key);
    if (!p) return kNone;
    if (key == word("coeffici")) {
      if (end_ - p < 5 || std::memcmp(p, "ents\"", 5) != 0) return kNone;
      p += 4;
    }
    if (*p++ != '"') return kNone;
    switch (key) {
      case word("gate"): return kGate;
      case word("target"): return kTarget;
      case word("targets"): return kTargets;
      case word("control"): return kControl;
      case word("controls"): return kControls;
      case word("rotation"): return kRotation;
      case word("phase"): return kPhase;
      case word("phases"): return kPhases;
      case word("angle"): return kAngle;
      case word("time"): return kTime;
      case word("coeffici"): return kCoefficients;
      case word("terms"): return kTerms;
      default: return kNone;
    }
  }

  const char* read_value(Field field, const char* p) {
    if (seen & bit(field)) return nullptr;
    seen |= bit(field);
    switch (field) {
      case kGate: return gate_name(p);
      case kTarget: return one(p, targets);
      case kTargets: return many(p, targets);
      case kControl: return one(p, controls);
      case kControls: return many(p, controls);
      case kRotation: return number(p, rotation);
      case kPhase: return number(p, phase);
      case kAngle: return number(p, angle);
      case kTime: return number(p, time);
      case kPhases: return two_numbers(p);
      case kCoefficients: return numbers(p);
      case kTerms: return letters(p);
      case kNone: break;
    }
    return nullptr;
  }

 private:
  // A short string without escapes as a word; p is at its opening quote, the answer at the closing one, if it is one.
  const char* short_string(const char* p, std::uint64_t& bytes) const {
    if (*p != '"') return nullptr;
    if (end_ - p > 8) {
      std::memcpy(&bytes, p + 1, 8);
    } else {
      bytes = 0;
      std::memcpy(&bytes, p + 1, static_cast<std::size_t>(end_ - p - 1));
    }
    constexpr std::uint64_t ones = word("\1\1\1\1\1\1\1\1");
    const std::uint64_t quotes = bytes ^ (ones * '"');
    const std::uint64_t marks = (quotes - ones) & ~quotes & (ones << 7);
    const int length = std::countr_zero(marks) / 8;  // 8 where there is none
    if (length == 0) return nullptr;
    bytes &= ~std::uint64_t{0} >> (64 - 8 * length);
    if (!(bytes >> (8 * length - 8))) return nullptr;  // a zero at the end would read as a shorter name
    return p + 1 + length;
  }

  const char* gate_name(const char* p) {
    p = short_string(p, name);
    return p && *p == '"' ? p + 1 : nullptr;
  }

  static bool add(Qubits& qubits, int value) {
    const std::uint64_t mask = std::uint64_t{1} << value;
    if (qubits.mask & mask) return false;
    qubits.mask |= mask;
    qubits.list[static_cast<std::size_t>(qubits.count++)] = static_cast<std::uint8_t>(value);
    return true;
  }

  const char* one(const char* p, Qubits& qubits) {
    if (!json::is_digit(*p)) return nullptr;
    const char* const first = p;
    int value = *p++ - '0';
    if (json::is_digit(*p)) {
      if (value == 0) return nullptr;
      value = 10 * value + (*p++ - '0');
    }
    if (*p == '.' && p[1] == '0') {  // 1.0, from clients that have floats only
      ++p;
      while (*p == '0') ++p;
    }
    // A longer number, a fraction or an exponent is for the strict reader.
    if (json::is_digit(*p) || *p == '.' || *p == 'e' || *p == 'E') return nullptr;
    if (value >= kMostQubits || p - first > json::kLongestNumber) return nullptr;
    return add(qubits, value) ? p : nullptr;
  }

  // Reads a list; `element` reads one of its values.
  template <typename Element>
  const char* list(const char* p, Element element) {
    if (*p != '[') return nullptr;
    p = json::skip_space(p + 1);
    if (*p == ']') return p + 1;
    while (true) {
      p = element(p);
      if (!p) return nullptr;
      p = json::skip_space(p);
      if (*p == ']') return p + 1;
      if (*p != ',') return nullptr;
      p = json::skip_space(p + 1);
    }
  }

  const char* many(const char* p, Qubits& qubits) {
    if (p[0] == '[' && json::is_digit(p[1]) && p[2] == ']') {  // what most lists are
      return add(qubits, p[1] - '0') ? p + 3 : nullptr;
    }
    return list(p, [&](const char* at) { return one(at, qubits); });
  }

  const char* number(const char* p, double& value) const {
    p = json::read_number(p, end_, value);
    value += 0.0;  // -0 becomes 0: the same gate has the same bytes
    return p;
  }

  const char* two_numbers(const char* p) {
    std::size_t count = 0;
    p = list(p, [&](const char* at) { return count < 2 ? number(at, phases[count++]) : nullptr; });
    return count == 2 ? p : nullptr;
  }

  const char* numbers(const char* p) {
    coefficients.clear();
    return list(p, [&](const char* at) {
      double value = 0;
      at = number(at, value);
      if (at) coefficients.push_back(value);
      return at;
    });
  }

  const char* letters(const char* p) {
    terms.clear();
    return list(p, [&](const char* at) -> const char* {
      if (*at != '"') return nullptr;
      const char* const begin = ++at;
      while (*at >= 'I' && *at <= 'Z') ++at;
      if (*at != '"') return nullptr;
      terms.emplace_back(begin, static_cast<std::size_t>(at - begin));
      return at + 1;
    });
  }

  const char* const end_;
};

}  // namespace paultrap
