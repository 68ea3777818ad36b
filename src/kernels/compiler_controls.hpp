// One-qubit gates under any number of controls.
#pragma once

#include "compiler_steps.hpp"

namespace paultrap {

// `idle` are qubits that the gate does not touch. Entanglers: 1 for one control, 5 for two, 13 for three, 27 for four;
// for more, linear in the controls where the gate is a reflection (such as x, y, z or h) and a qubit is idle, else
// quadratic.
void add_controlled(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, Qubits idle);

}  // namespace paultrap
