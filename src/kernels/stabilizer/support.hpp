// What a Clifford circuit can give: its final state has the same probability on every state of an affine subspace.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stabilizer/gates.hpp"
#include "stabilizer/words.hpp"

namespace paultrap {

// S is the type of a state: std::uint64_t up to 64 qubits, Words<2>, <4> or <8> above. It must hold the circuit's qubits.

// The states offset ^ (exclusive or of any of `basis`). The basis is reduced: its highest bits ascend, each is set in no
// other element and not in the offset. So counting through the choices gives the states in ascending order.
template <class S>
struct Support {
  S offset{};
  std::vector<S> basis;

  // The state whose choice is the lowest bits of `choice`.
  template <class Choice>
  S state(const Choice& choice) const {
    S found = offset;
    for (std::size_t k = 0; k < basis.size(); ++k) found ^= only_if(has(choice, static_cast<int>(k)), basis[k]);
    return found;
  }
};

template <class S>
Support<S> support_of(const CliffordCircuit& circuit);

// A Pauli error on one qubit behind a gate; `parts` as in sampling/delay.hpp. `column`: whose error it is.
struct CliffordFault {
  std::int64_t gate;
  std::uint32_t column;
  std::uint16_t qubit;
  std::uint8_t parts;
};

// Exclusive-or into flips[column] the bits that the columns' errors flip at the end. `faults` ascend by their column / 64,
// then by their gates.
template <class S>
void propagate(const CliffordCircuit& circuit, std::span<const CliffordFault> faults, std::span<S> flips);

}  // namespace paultrap
