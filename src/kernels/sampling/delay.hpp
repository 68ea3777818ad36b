// How long an error can wait.
//
// A Pauli error on a qubit commutes, up to a sign that no probability depends on, with every gate that does not touch
// the qubit, and with many that do: Z with whatever is diagonal on it, X with rotations about x, and so on. So it need
// not be applied where it happens, but only before the first gate that it does not commute with. The later errors are
// applied, the more do runs with different errors have in common, and errors that wait for the same gate become one.
// Those that nothing stops before the measurement flip a bit of the outcome (X and Y), or do nothing (Z).
#pragma once

#include <cstdint>
#include <vector>

#include "program/view.hpp"

namespace paultrap {

// Paulis by their parts: kPauliX, kPauliZ, and both for Y. Their product, up to a phase, is their exclusive or.
constexpr unsigned kPauliX = 1, kPauliZ = 2;

// X, Y and Z are 1, 2 and 3 elsewhere.
constexpr unsigned parts_of(unsigned pauli) { return pauli == 2 ? kPauliX | kPauliZ : pauli == 3 ? kPauliZ : pauli; }

class Delays {
 public:
  Delays(const ProgramView& program, std::size_t circuit);

  // The gate (counted within the circuit) that a Pauli behind gate `gate` of the circuit has to be applied before; the
  // number of gates where it meets none.
  std::int64_t until(std::int64_t gate, std::uint16_t qubit, unsigned parts) const;

 private:
  struct Touch {
    std::int64_t gate;
    unsigned passing;  // a bit for each Pauli (by its parts) that commutes with the gate
  };

  std::int64_t n_gates_;
  std::vector<std::uint32_t> starts_;  // by qubit, into touches_
  std::vector<Touch> touches_;         // ascending for each qubit
};

}  // namespace paultrap
