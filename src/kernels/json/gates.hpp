// Reads gate lists in their ordinary spelling straight into the columns of a Program.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "json/columns.hpp"
#include "json/fields.hpp"
#include "json/table.hpp"

namespace paultrap {

// What lies between two values of a gate object, such as `, "targets": `, and the field that follows. The texts of a
// body are much alike, so the bytes that came last time are looked for before they are read one by one.
class Layout {
 public:
  static constexpr std::ptrdiff_t kLongest = 16;

  Field field() const { return field_; }
  std::ptrdiff_t length() const { return length_; }

  // Sixteen bytes at p are read.
  bool matches(const char* p) const {
    std::uint64_t low, high;
    std::memcpy(&low, p, 8);
    std::memcpy(&high, p + 8, 8);
    return (((low ^ low_) & low_mask_) | ((high ^ high_) & high_mask_)) == 0;
  }

  void learn(const char* p, std::ptrdiff_t length, Field field) {
    std::array<char, 16> bytes{}, mask{};
    std::memcpy(bytes.data(), p, static_cast<std::size_t>(length));
    std::memset(mask.data(), 0xFF, static_cast<std::size_t>(length));
    std::memcpy(&low_, bytes.data(), 8);
    std::memcpy(&high_, bytes.data() + 8, 8);
    std::memcpy(&low_mask_, mask.data(), 8);
    std::memcpy(&high_mask_, mask.data() + 8, 8);
    length_ = length;
    field_ = field;
  }

 private:
  std::uint64_t low_ = 0, high_ = 0, low_mask_ = ~0ULL, high_mask_ = ~0ULL;  // no text begins with NUL
  std::ptrdiff_t length_ = 0;
  Field field_ = kNone;
};

// Reads runs of gates. What it appends depends on the bytes from where a run begins and on nothing before them.
class GateReader {
 public:
  // `body` must be followed by a NUL byte, and be shorter than 4 GiB.
  GateReader(std::string_view body, const GateTable& table, ReadColumns& out)
      : begin_(body.data()), end_(begin_ + body.size()), table_(table), out_(out), fields_(end_) {}

  // Names are looked up in one gateset, where that fails for a run in the other.
  bool read(const char* p, const char* stop);
  bool read(const char* p, const char* stop, bool native);

  // Where the gate begins that the last call failed at.
  const char* failed_at() const { return at_; }

 private:
  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - begin_); }
  bool gates(const char* p, const char* stop, Run& run);
  const char* gate(const char* p);
  const char* member(const char* p, unsigned after, Field& field);
  bool add_gate();
  bool add_params(const GateName& gate, std::uint8_t& opcode);
  bool add_pauliexp();

  const char* const begin_;
  const char* const end_;
  const GateTable& table_;
  ReadColumns& out_;
  Fields fields_;
  const char* at_ = nullptr;
  bool native_ = false;
  bool other_gateset_ = false;  // a name was only in the other gateset
  int highest_ = 0;
  std::array<std::array<Layout, 2>, kFields + 1> layouts_;  // two after each field; the last at a gate's begin
};

}  // namespace paultrap
