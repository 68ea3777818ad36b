// The interactions of a circuit put together by pairs of qubits, and each pair's done with as few as it takes.
#pragma once

#include "compiler/native.hpp"

namespace paultrap {

// How many entanglers write_blocks() would write.
std::size_t count_entanglers(const Steps& steps, int width);

// Write all steps of a circuit. Interactions on the same pair are a block where those in between, on either qubit, commute
// with them; a block of two or more is replaced where its canonical form takes fewer.
void write_blocks(const Steps& steps, int width, NativeWriter& writer);

}  // namespace paultrap
