// From one-qubit unitaries and interactions to native gates.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/steps.hpp"
#include "program/builder.hpp"
#include "program/gates.hpp"

namespace paultrap {

enum class Entangler { kMs, kZz };

// Unitaries on a qubit are put together until an interaction needs the qubit; what they leave over as a rotation about z
// goes on, as it commutes with the interaction, and ends up in the phases of the gates after it.
class NativeWriter {
 public:
  NativeWriter(int width, Entangler entangler, GateColumns& out)
      : entangler_(entangler), out_(out), waiting_(width, kIdentity) {}

  void one(Qubit qubit, const Matrix& matrix) { waiting_[qubit] = product(matrix, waiting_[qubit]); }
  void zz(Qubit a, Qubit b, double angle);
  void finish(bool keep_phases);

  // Whether an interaction by this angle needs no entangler.
  static bool is_local(double angle);

 private:
  double flush(Qubit qubit);
  void add_ms(Qubit a, Qubit b, double angle);
  void add_zz(Qubit a, Qubit b, double angle);
  void write(Opcode opcode, Qubit qubit, double phase);

  Entangler entangler_;
  GateColumns& out_;
  std::vector<Matrix> waiting_;
};

}  // namespace paultrap
