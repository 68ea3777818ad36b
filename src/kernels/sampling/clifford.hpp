// Shots of Clifford circuits, which need no state vector: Pauli errors leave a Clifford circuit one.
#pragma once

#include <cstdint>
#include <span>

#include "sampling/faults.hpp"
#include "stabilizer/gates.hpp"

namespace paultrap {

// Set the outcomes of all shots, states of type S as in stabilizer/support.hpp. The same errors are drawn as for any
// other circuit.
template <class S>
void sample_clifford(const CliffordCircuit& circuit, const Sites& sites, std::uint64_t seed, std::uint32_t index,
                     std::span<S> outcomes);

}  // namespace paultrap
