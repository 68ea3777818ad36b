// Lowers one-qubit gates under any number of controls. After A. Barenco et al., Phys. Rev. A 52, 3457 (1995): lemmas
// 6.1 and 7.5 (roots of the gate), 7.2 (a chain through qubits in any state) and 7.3 (a split in two); the gates "up
// to phases" are those of D. Maslov, Phys. Rev. A 93, 022311 (2016).
#include "compiler/controls.hpp"

#include <numbers>
#include <optional>

namespace paultrap {
namespace {

using std::numbers::pi;

constexpr std::size_t kFewControls = 4;  // up to here roots need fewer entanglers than a chain

void add_x(Steps& steps, Qubits controls, Qubit target, Qubits idle);

std::vector<Qubit> joined(Qubits first, Qubits second) {
  std::vector<Qubit> all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

// x under two controls, times a diagonal matrix on the three qubits: three entanglers.
void add_x2_up_to_phases(Steps& steps, Qubits c, Qubit target) {
  const auto turn_y = [&](double angle) {
    const double cosine = std::cos(angle / 2), sine = std::sin(angle / 2);
    steps.one(target, {cosine, -sine, sine, cosine});
  };
  turn_y(pi / 4);
  steps.cx(c[1], target);
  turn_y(pi / 4);
  steps.cx(c[0], target);
  turn_y(-pi / 4);
  steps.cx(c[1], target);
  turn_y(-pi / 4);
}

// x under three controls, times a diagonal matrix on the four qubits: six entanglers.
void add_x3_up_to_phases(Steps& steps, Qubits c, Qubit target) {
  const Matrix t = phase_gate(pi / 4), ti = phase_gate(-pi / 4);
  const auto visit = [&](Qubit control, const Matrix& after) {
    steps.cx(control, target);
    steps.one(target, after);
  };
  steps.one(target, product(t, kHadamard));
  visit(c[2], product(kHadamard, ti));
  visit(c[0], t);
  visit(c[1], ti);
  visit(c[0], t);
  visit(c[1], product(t, product(kHadamard, ti)));
  visit(c[2], product(kHadamard, ti));
}

// Gates diagonal in the target's basis that come between this and its undoing do not see the phases.
void add_x_up_to_phases(Steps& steps, Qubits controls, Qubit target, Qubits idle) {
  if (controls.size() == 2) return add_x2_up_to_phases(steps, controls, target);
  if (controls.size() == 3) return add_x3_up_to_phases(steps, controls, target);
  add_x(steps, controls, target, idle);
}

// The frame F of a unitary that is F Z F^dagger: x, y, z, h and whatever has the eigenvalues 1 and -1.
std::optional<Matrix> reflection_of(const Matrix& unitary) {
  const Turn turn = turn_of(unitary);
  const auto close = [](Amplitude value, double expected) { return norm(value + Amplitude(-expected)) < 1e-30; };
  const Amplitude low = unit(turn.phase - turn.angle / 2), high = unit(turn.phase + turn.angle / 2);
  if (close(low, 1) && close(high, -1)) return turn.frame;
  if (close(low, -1) && close(high, 1)) return product(turn.frame, kPauliX);
  return std::nullopt;
}

void add_with_root(Steps& steps, Qubit first, Qubit second, Qubit target, const Matrix& root, bool reversed) {
  steps.controlled(reversed ? first : second, target, root);
  steps.cx(first, second);
  steps.controlled(second, target, adjoint(root));
  steps.cx(first, second);
  steps.controlled(reversed ? second : first, target, root);
}

void add_roots(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, Qubits idle) {
  const Qubits others = controls.first(controls.size() - 1);
  const Qubit last = controls.back();
  const Matrix root = turn_of(unitary).power(0.5);
  const std::vector<Qubit> borrowed = joined({&target, 1}, idle);
  steps.controlled(last, target, root);
  const std::size_t first = steps.size();
  add_x_up_to_phases(steps, others, last, borrowed);
  const std::size_t end = steps.size();
  steps.controlled(last, target, adjoint(root));
  steps.undo(first, end);
  add_controlled(steps, others, target, root, joined({&last, 1}, idle));
}

// Each qubit of the chain is flipped by one control and the qubit before; the whole is done twice, the second time
// without the target, so that the chain ends as it was.
void add_chain(Steps& steps, Qubits c, Qubit target, Qubits chain) {
  const std::size_t n = c.size() - 2;
  const auto link = [&](std::size_t k) {
    const Qubit pair[2] = {k ? chain[k - 1] : c[0], c[k + 1]};
    add_x2_up_to_phases(steps, pair, chain[k]);
  };
  const Qubit ends[2] = {c.back(), chain[n - 1]};
  add_controlled(steps, ends, target, kPauliX, {});
  const std::size_t first = steps.size();
  for (std::size_t k = n; k-- > 1;) link(k);
  const std::size_t before_middle = steps.size();
  link(0);
  // Down the chain, then up again: the link in the middle once, the others' phases undone.
  steps.undo(first, before_middle);
  const std::size_t end = steps.size();
  add_controlled(steps, ends, target, kPauliX, {});
  steps.undo(first, end);
}

void add_split(Steps& steps, Qubits controls, Qubit target, Qubits idle) {
  const Qubit between = idle.front();
  const std::size_t half = (controls.size() + 1) / 2;
  const Qubits near = controls.first(half), far = controls.subspan(half);
  const std::vector<Qubit> far_and_between = joined(far, {&between, 1});
  const std::vector<Qubit> near_idle = joined(far, {&target, 1}), far_idle = joined(near, idle.subspan(1));
  for (int round = 0; round < 2; ++round) {
    add_x(steps, near, between, near_idle);
    add_x(steps, far_and_between, target, far_idle);
  }
}

void add_x(Steps& steps, Qubits controls, Qubit target, Qubits idle) {
  if (controls.size() <= kFewControls || idle.empty()) return add_controlled(steps, controls, target, kPauliX, idle);
  if (idle.size() >= controls.size() - 2) return add_chain(steps, controls, target, idle);
  add_split(steps, controls, target, idle);
}

}  // namespace

void add_two_controls(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, int way) {
  const bool reversed = way & 1, exchanged = way & 2;
  const int turned = way / 4;
  const Qubit first = controls[exchanged], second = controls[!exchanged];
  const std::optional<Matrix> frame = turned ? reflection_of(unitary) : std::nullopt;
  if (!frame) return add_with_root(steps, first, second, target, turn_of(unitary).power(0.5), reversed);
  // z under controls is symmetric in its target and its controls.
  const Matrix root = phase_gate(pi / 2);
  steps.one(target, adjoint(*frame));
  if (turned == 1) add_with_root(steps, target, first, second, root, reversed);
  if (turned == 2) add_with_root(steps, first, target, second, root, reversed);
  steps.one(target, *frame);
}

void add_controlled(Steps& steps, Qubits controls, Qubit target, const Matrix& unitary, Qubits idle) {
  if (controls.empty()) return steps.one(target, unitary);
  if (controls.size() == 1) return steps.controlled(controls[0], target, unitary);
  if (controls.size() == 2) return add_two_controls(steps, controls, target, unitary, 0);
  if (controls.size() > kFewControls && !idle.empty()) {
    if (const std::optional<Matrix> frame = reflection_of(unitary)) {
      steps.one(target, product(kHadamard, adjoint(*frame)));
      add_x(steps, controls, target, idle);
      return steps.one(target, product(*frame, kHadamard));
    }
  }
  add_roots(steps, controls, target, unitary, idle);
}

}  // namespace paultrap
