// From gates to steps: one circuit at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/steps.hpp"
#include "program/view.hpp"

namespace paultrap {

// Whether every gate of a circuit is a native one.
bool is_native(const ProgramView& program, std::size_t circuit);

// Whether a circuit has swaps without controls.
bool has_swaps(const ProgramView& program, std::size_t circuit);

// What becomes of a swap without controls.
enum class Swaps {
  kPerform,
  kRename,  // the gates after it are moved instead; at the circuit's end swaps bring every qubit back to its place
};

// How a circuit's gates are lowered where there is a choice.
struct Choices {
  Swaps swaps = Swaps::kPerform;
  std::vector<std::uint8_t> ways;  // of each gate that has ways_of() more than one, in order
};

// In how many ways each gate of a circuit that has several can be lowered, in order.
std::vector<std::uint8_t> ways_of(const ProgramView& program, std::size_t circuit);

// Append the steps of one circuit. Throws std::invalid_argument, naming circuit and gate.
void lower(const ProgramView& program, std::size_t circuit, const Choices& choices, Steps& steps);

}  // namespace paultrap
