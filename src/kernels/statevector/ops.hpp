// Operations: what is left of a gate once its name is gone. Knows nothing of memory layout, threads or Python.
#pragma once

#include <cstdint>
#include <vector>

namespace paultrap {

struct Complex {
  double re, im;
};

// new[i] = diag[s] * old[i] + off[s] * old[i ^ flip], where s is the number written by the bits of i at the
// `select` positions. Amplitudes where a bit of `controls` is 0 stay as they are.
//
// Where `parity` is not 0 there are no selectors, and off (or the imaginary part of diag where flip is 0) changes sign
// with the parity of i & parity: the shape of exp(-i phi P) for a long Pauli string P.
struct Op {
  std::uint64_t flip = 0;
  std::uint64_t controls = 0;
  std::uint64_t parity = 0;
  Complex diag[4], off[4];  // as many as n_entries() are filled in, the rest is not read
  std::uint8_t n_select = 0;
  std::uint8_t select[2] = {0, 0};
  std::int32_t sum = -1;  // an exponential of a PauliSum instead of the above: its index in Recipe::sums

  Op() {}  // written out, so that no one fills the entries with zeros first

  // A one-qubit matrix, row by row.
  void set_matrix(int qubit, Complex m00, Complex m01, Complex m10, Complex m11) {
    const bool diagonal = m01.re == 0 && m01.im == 0 && m10.re == 0 && m10.im == 0;
    flip = diagonal ? 0 : std::uint64_t{1} << qubit;
    n_select = 1;
    select[0] = static_cast<std::uint8_t>(qubit);
    diag[0] = m00;
    diag[1] = m11;
    off[0] = m01;
    off[1] = m10;
  }
  // The exchange of the two selected qubits.
  void set_swap() {
    for (int s = 0; s < 4; ++s) {
      const double moved = s == 1 || s == 2 ? 1 : 0;
      diag[s] = {1 - moved, 0};
      off[s] = {moved, 0};
    }
  }
  int n_entries() const { return 1 << n_select; }
  // Every qubit that the operation reads. It mixes amplitudes only along those in `flip`.
  std::uint64_t touched() const {
    std::uint64_t mask = flip | controls | parity;
    for (int j = 0; j < n_select; ++j) mask |= std::uint64_t{1} << select[j];
    return mask;
  }
};

// coefficient * P with <i|P|i ^ flip> = +1 or -1 by the parity of i & parity; the powers of i that Y brings
// are in the coefficient.
struct PauliTerm {
  std::uint64_t flip;
  std::uint64_t parity;
  Complex coefficient;
};

// exp(-i time sum_k terms[k]) on the subspace of the controls.
struct PauliSum {
  std::uint64_t controls;
  double time;
  double norm;  // sum of |coefficient|: bounds the operator norm
  std::vector<PauliTerm> terms;
};

// A circuit or a part of one, ready to run on a state of n_qubits.
struct Recipe {
  int n_qubits = 0;
  Complex phase{1, 0};  // what the operations leave out of the state: no probability depends on it
  std::vector<Op> ops;
  std::vector<PauliSum> sums;
};

}  // namespace paultrap
