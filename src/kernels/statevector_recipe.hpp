// From gates to operations: the engine's own reading of the gate table.
#pragma once

#include <cstdint>

#include "statevector_merge.hpp"
#include "statevector_ops.hpp"
#include "statevector_program.hpp"

namespace paultrap {

// Qubits that some gate of the circuit uses: the others stay |0> and need no room in the state.
std::uint64_t used_qubits(const ProgramView& program, std::size_t circuit);

// Fill `recipe` with the circuit's operations on its used qubits only, renumbered in ascending order. Throws
// std::invalid_argument for a pauliexp too long to evolve.
void write_recipe(const ProgramView& program, std::size_t circuit, std::uint64_t used, Merging merging, Recipe& recipe);

}  // namespace paultrap
