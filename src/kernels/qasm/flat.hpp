// Flat programs in OpenQASM 2 and 3: a version line, includes, registers, standard gates on qubits and registers, and
// measurements at the end. It takes time and memory in proportion to the text and to what may be in it.
//
// All other programs are for the parser of the language, which also says what is wrong with a program: where anything
// is wrong, unknown, or could mean something else, a program is not flat.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "program/builder.hpp"

namespace paultrap::qasm {

// A gate of the table that another gate is, or is a part of, with all of its angles.
struct Step {
  std::uint8_t opcode = 0;
  std::vector<std::uint16_t> places;  // among the other's qubits: targets, then controls
  int controls = 0;
};

// Angles of Rz(phi) Ry(theta) Rz(lam) and of its phase, as places among a gate's angles.
struct Euler {
  static constexpr int kQuarterTurn = -1;

  std::array<int, 3> angles{};  // of theta, phi and lam; theta may be kQuarterTurn
  std::vector<int> half_of;     // those of whose sum the phase is half
};

// A gate that need not be defined.
struct Gate {
  int params = 0;
  int qubits = 0;
  bool is_built_in = false;
  std::vector<Step> steps;     // none where it does nothing, or is the following
  std::optional<Euler> euler;  // on its last qubit, and under the others
};

// The gates of one version of the language.
class Gates {
 public:
  Gates(int version, std::string file) : version_(version), file_(std::move(file)) {}

  void add(const std::string& name, Gate gate) { gates_.insert_or_assign(name, std::move(gate)); }
  int version() const { return version_; }
  const std::string& file() const { return file_; }
  // None where there is no such gate.
  const Gate* find(const std::string& name) const {
    const auto found = gates_.find(name);
    return found == gates_.end() ? nullptr : &found->second;
  }

 private:
  int version_;
  std::string file_;  // that a program includes for those that are not built in
  std::unordered_map<std::string, Gate> gates_;
};

struct FlatProgram {
  std::int64_t qubits = 0;
  std::vector<std::string> registers;  // of bits
  std::vector<std::int32_t> register_sizes;
  std::vector<std::int32_t> bits;  // for each bit the qubit that it has of a measurement, or -1
  bool is_measured = false;
  std::int64_t operations = 0;          // gates of the table, and measurements
  std::optional<std::size_t> too_many;  // where in the text the statement begins with which there are too many
  GateColumns gates;                    // no more than there may be
};

struct Bounds {
  std::int64_t operations;  // gates of the table, and measurements
  std::int64_t qubits;
  std::int64_t bits;
  std::int64_t small_steps;  // as the unroller counts them, or more
};

// Nothing for a program that is not flat.
std::optional<FlatProgram> read_flat(std::string_view text, const Gates& gates, const Bounds& bounds);

}  // namespace paultrap::qasm
