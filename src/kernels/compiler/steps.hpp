// What gates are lowered to: one-qubit unitaries and exp(-i angle/2 Z Z), which is the one interaction that the rest of
// the compiler knows. Either machine's entangler is this one between one-qubit unitaries.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/matrix.hpp"

namespace paultrap {

using Qubit = std::uint16_t;
using Qubits = std::span<const Qubit>;

struct Step {
  Matrix matrix;  // on qubit a, unless the step entangles
  double angle;
  Qubit a, b;
  bool entangles;
};

class Steps {
 public:
  void one(Qubit qubit, const Matrix& matrix) { list_.push_back({matrix, 0, qubit, qubit, false}); }
  void zz(Qubit a, Qubit b, double angle) {
    list_.push_back({kIdentity, 2 * near_zero(angle / 2), a, b, true});
  }

  void controlled(Qubit control, Qubit target, const Matrix& unitary);
  void cx(Qubit control, Qubit target) { controlled(control, target, kPauliX); }

  // The steps from `first` on once more, undone.
  void undo(std::size_t first, std::size_t last);

  // The steps from `first` to `last`, which is the end, until they are there `times` times.
  void repeat(std::size_t first, std::size_t last, std::size_t times);

  // Refuses, with these words before the reason, a circuit that has too many steps with so many more.
  void check_length(std::size_t more = 0, const char* what = "") const;

  std::size_t size() const { return list_.size(); }
  void clear() { list_.clear(); }
  std::span<const Step> list() const { return list_; }

 private:
  std::vector<Step> list_;
};

}  // namespace paultrap
