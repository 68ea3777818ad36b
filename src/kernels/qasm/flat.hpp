// Flat programs in OpenQASM 2 and 3: a version line, includes, registers, standard gates on qubits and registers, and
// measurements at the end. It takes time and memory in proportion to the text and to what may be in it.
//
// All other programs are for the parser of the language, which also says what is wrong with a program: where anything
// is wrong, unknown, or could mean something else, a program is not flat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace paultrap::qasm {

// A gate that need not be defined.
struct Gate {
  int params = 0;
  int qubits = 0;
  int pieces = 1;       // what it is made of, at most; 0 where it does nothing
  bool is_sure = true;  // that it becomes a gate or more, whatever its angles
  bool is_built_in = false;
};

// The gates of one version of the language.
class Gates {
 public:
  Gates(int version, std::string file) : version_(version), file_(std::move(file)) {}

  void add(const std::string& name, const Gate& gate) {
    rows_.emplace(name, static_cast<std::int32_t>(gates_.size()));
    gates_.push_back(gate);
  }
  int version() const { return version_; }
  const std::string& file() const { return file_; }
  // -1 where there is none.
  std::int32_t row(const std::string& name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? -1 : found->second;
  }
  const Gate& operator[](std::int32_t row) const { return gates_[static_cast<std::size_t>(row)]; }

 private:
  int version_;
  std::string file_;  // that a program includes for those that are not built in
  std::unordered_map<std::string, std::int32_t> rows_;
  std::vector<Gate> gates_;
};

inline constexpr std::int32_t kMeasurement = -1;

struct FlatProgram {
  std::int64_t qubits = 0;
  std::vector<std::string> registers;  // of bits
  std::vector<std::int32_t> register_sizes;
  std::vector<std::int32_t> bits;  // for each bit the qubit that it has of a measurement, or -1
  bool is_measured = false;
  // What is done, one after the other: rows of gates, or kMeasurement. No more than one more than there may be, unless
  // some may come to nothing.
  std::vector<std::int32_t> operations;
  std::vector<std::uint16_t> operands;  // of each as many as its gate has, controls first; one of a measurement
  std::vector<double> params;           // of each as many as its gate has
  std::vector<std::uint32_t> starts;    // where in the text the statement of each begins
  std::int64_t small_steps = 0;         // as the unroller counts them, or more
};

struct Bounds {
  std::int64_t operations;  // gates and measurements
  std::int64_t qubits;
  std::int64_t bits;
};

// Nothing for a program that is not flat.
std::optional<FlatProgram> read_flat(std::string_view text, const Gates& gates, const Bounds& bounds);

}  // namespace paultrap::qasm
