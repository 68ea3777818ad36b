// Reads gate lists in their ordinary spelling straight into the flat arrays of a Program.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace paultrap {

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

// Where one circuit's gates are in the body, and what is known of it.
struct CircuitSource {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int32_t width = -1;   // declared qubits; -1: none declared
  bool native = false;
};

// The gates of consecutive circuits, in the layout of Program but with counts for offsets.
struct GateArrays {
  std::vector<std::uint16_t> widths;
  std::vector<std::uint32_t> gates;          // of each circuit
  std::vector<std::uint8_t> opcodes;
  std::vector<std::uint16_t> control_counts;
  std::vector<std::uint16_t> qubit_counts;
  std::vector<std::uint16_t> qubits;
  std::vector<std::uint32_t> param_counts;
  std::vector<double> params;
  std::vector<std::int64_t> handed_back;     // circuits that are not in ordinary spelling
};

// Reads circuits first to last - 1. A circuit handed back has no gates and width 0 here.
// `body` must be followed by a NUL byte.
void scan_circuits(std::string_view body, const GateTable& table,
                   const std::vector<CircuitSource>& sources, std::size_t first, std::size_t last,
                   int max_qubits, GateArrays& out);

}  // namespace paultrap
