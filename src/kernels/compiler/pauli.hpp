// Exponentials of Pauli strings and of sums of them.
#pragma once

#include "compiler/steps.hpp"

namespace paultrap {

// exp(-i angle/2 P) under controls, P with one code (0 to 3 for I, X, Y, Z) per target. Without controls a string of w
// Paulis takes 2(w - 2) + 1 entanglers.
void add_pauli_rotation(Steps& steps, Qubits targets, std::span<const double> codes, double angle, Qubits controls,
                        Qubits idle);

// The gate pauliexp, with its parameters as Program has them. Exact where its terms commute or touch at most two qubits,
// else a product formula within kTrotterError of the gate in the operator norm. Throws std::invalid_argument where that
// takes more than kMostEntanglers, those that controls bring not counted.
constexpr double kTrotterError = 1e-3;
constexpr double kMostEntanglers = 1e6;
void add_pauliexp(Steps& steps, Qubits targets, std::span<const double> params, Qubits controls, Qubits idle);

// The same gate as one step of the product formula of first order: the first term acts first.
void add_pauliexp_step(Steps& steps, Qubits targets, std::span<const double> params, Qubits controls, Qubits idle);

}  // namespace paultrap
