// Qubits that are read wrongly.
#pragma once

#include <cstdint>
#include <span>

#include "sampling/random.hpp"

namespace paultrap {

// Throws std::invalid_argument unless all are probabilities.
void check_readout(std::span<const double> readout);

// Flip bits of the outcomes. `readout`: by qubit the probabilities to read 1 where it is 0, and 0 where it is 1; qubits
// behind its end are read as they are.
// A state S is as in stabilizer/support.hpp.
template <class S>
void misread(std::span<S> outcomes, int width, std::span<const double> readout, const Stream& random);

}  // namespace paultrap
