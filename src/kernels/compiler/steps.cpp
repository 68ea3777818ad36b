// Puts interactions between other axes down to the one about Z Z.
#include "compiler/steps.hpp"

namespace paultrap {

// A rotation about n by w under a control is R_n(w/2) exp(i w/4 Z n.sigma): one entangler, whatever the gate is.
void Steps::controlled(Qubit control, Qubit target, const Matrix& unitary) {
  const Turn turn = turn_of(unitary);
  one(target, adjoint(turn.frame));
  zz(control, target, -turn.angle / 2);
  one(target, product(turn.frame, rotation_z(turn.angle / 2)));
  one(control, phase_gate(turn.phase));
}

void Steps::undo(std::size_t first, std::size_t last) {
  list_.reserve(list_.size() + (last - first));
  for (std::size_t k = last; k-- > first;) {
    Step step = list_[k];
    step.matrix = adjoint(step.matrix);
    step.angle = -step.angle;
    list_.push_back(step);
  }
}

}  // namespace paultrap
