// From gates to steps: one circuit at a time.
#pragma once

#include "compiler_steps.hpp"
#include "statevector_program.hpp"

namespace paultrap {

// Whether every gate of a circuit is a native one.
bool is_native(const ProgramView& program, std::size_t circuit);

// Append the steps of one circuit. Throws std::invalid_argument, naming circuit and gate.
void lower(const ProgramView& program, std::size_t circuit, Steps& steps);

}  // namespace paultrap
