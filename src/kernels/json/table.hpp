// The gates that the scanner knows.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace paultrap {

// Up to eight bytes of text as a word, the first lowest.
constexpr std::uint64_t word(std::string_view text) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bytes |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  }
  return bytes;
}

// Which angles a gate has, and how they lie in Program.params.
enum class Params : std::uint8_t { None, Rotation, Phase, PhasesAngle, Angle, PauliExp };

// One name of a gate on the wire, as paultrap.circuits.gates has it.
struct GateName {
  std::uint8_t opcode = 0;
  std::uint8_t rotated = 0;       // the opcode with a rotation, where rotatable
  bool rotatable = false;
  bool controllable = false;
  std::uint8_t targets = 0;       // 0: one or more
  std::uint8_t min_controls = 0;
  Params params = Params::None;
};

// Gate names of at most eight bytes, found by their bytes as one word.
class GateTable {
 public:
  void add(std::string_view name, bool native, const GateName& gate);
  const GateName* find(std::uint64_t name, bool native) const;

 private:
  static constexpr std::size_t kSlots = 256;
  struct Slot {
    std::uint64_t name = 0;
    bool native = false;
    GateName gate;
  };
  static std::size_t home(std::uint64_t name, bool native);
  std::array<Slot, kSlots> slots_;
};

}  // namespace paultrap
