// A valid circuit that cannot be computed: what kernels throw, and Python raises as a SimulationError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace paultrap {

struct CircuitProblem : std::invalid_argument {
  enum class Kind { kOther, kNotClifford };

  // The text follows the place; circuit and gate are -1 where the program as a whole is meant.
  explicit CircuitProblem(const std::string& said, std::int64_t circuit = -1, std::int64_t gate = -1,
                          Kind kind = Kind::kOther)
      : std::invalid_argument(said), circuit(circuit), gate(gate), kind(kind) {}

  std::int64_t circuit, gate;
  Kind kind;
};

}  // namespace paultrap
