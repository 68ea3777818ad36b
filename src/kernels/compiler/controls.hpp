// One-qubit gates under any number of controls.
#pragma once

#include "compiler/steps.hpp"

namespace paultrap {

// A gate under two controls can be written in several ways with five entanglers, which differ in what can be put together
// with the gates around it. A reflection (see below) has kTwoControlWays, others repeat the first four.
constexpr int kTwoControlWays = 12;
void add_two_controls(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, int way);

// `idle` are qubits that the gate does not touch. Entanglers: 1 for one control, 5 for two, 13 for three, 27 for four;
// for more, linear in the controls where the gate is a reflection (such as x, y, z or h) and a qubit is idle, else
// quadratic. Counts are those before blocks are formed.
void add_controlled(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, Qubits idle);

}  // namespace paultrap
