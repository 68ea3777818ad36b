// Puts interactions between other axes down to the one about Z Z.
#include "compiler/steps.hpp"

#include <string>

#include "program/problem.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kMostSteps = 8'000'000;  // about 700 MB, and two million entanglers

}  // namespace

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

void Steps::repeat(std::size_t first, std::size_t last, std::size_t times) {
  list_.reserve(first + (last - first) * times);
  for (std::size_t k = 1; k < times; ++k) {
    for (std::size_t step = first; step < last; ++step) list_.push_back(list_[step]);
  }
}

void Steps::check_length(std::size_t more, const char* what) const {
  if (list_.size() > kMostSteps || more > kMostSteps - list_.size()) {
    throw CircuitProblem(std::string(what) + "compiled, the circuit is too long from here on");
  }
}

}  // namespace paultrap
