// What a Clifford circuit can give: its final state has the same probability on every state of an affine subspace.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stabilizer_gates.hpp"

namespace paultrap {

// The states offset ^ (exclusive or of any of `basis`). The basis is reduced: its highest bits ascend, each is set in no
// other element and not in the offset. So counting through the choices gives the states in ascending order.
struct Support {
  std::uint64_t offset = 0;
  std::vector<std::uint64_t> basis;

  std::uint64_t state(std::uint64_t choice) const {
    std::uint64_t found = offset;
    for (std::size_t k = 0; k < basis.size(); ++k) found ^= basis[k] & -(choice >> k & 1);
    return found;
  }
};

Support support_of(const CliffordCircuit& circuit);

// A Pauli error on one qubit behind a gate; `parts` as in sampling_delay.hpp. `column`: whose error it is.
struct CliffordFault {
  std::int64_t gate;
  std::uint32_t column;
  std::uint16_t qubit;
  std::uint8_t parts;
};

// Exclusive-or into flips[column] the bits that the columns' errors flip at the end. `faults` ascend by their column / 64,
// then by their gates.
void propagate(const CliffordCircuit& circuit, std::span<const CliffordFault> faults, std::span<std::uint64_t> flips);

}  // namespace paultrap
