// What the scanner has read of a body, before it becomes the arrays of a Program.
#pragma once

#include <cstdint>
#include <vector>

#include "memory/column.hpp"

namespace paultrap {

// Counts of gates, and of their qubits and parameters; or where they begin.
template <typename T>
struct Counts {
  T gates = 0, qubits = 0, params = 0;
};
using Extent = Counts<std::size_t>;

// Gates of one list that were read one after the other, all of the list or a part.
// Small, as one thread looks through what others wrote.
struct Run {
  std::uint32_t begin = 0;   // in the body: at the list's '[', or at the '{' of a gate after a comma
  std::uint32_t end = 0;     // after the list's ']', or at the '{' of the next gate
  bool closed = false;       // which of the two
  bool native = false;       // the gateset that the names were looked up in
  std::uint8_t highest = 0;  // qubit
  Counts<std::uint32_t> from, to;  // in the columns
};

// Gates in the layout of Program, of some part of a body. Ends count from the part's begin.
struct GateColumns {
  Column<std::uint8_t> opcodes;
  Column<std::uint16_t> control_counts;
  Column<std::uint32_t> qubit_ends;
  Column<std::uint16_t> qubits;
  Column<std::uint32_t> param_ends;
  Column<double> params;
  std::vector<Run> runs;

  Counts<std::uint32_t> extent() const {
    return {static_cast<std::uint32_t>(opcodes.size()), static_cast<std::uint32_t>(qubits.size()),
            static_cast<std::uint32_t>(params.size())};
  }

  void make_room(std::size_t gates, std::size_t qubits_more, std::size_t params_more) {
    opcodes.make_room(gates);
    control_counts.make_room(gates);
    qubit_ends.make_room(gates);
    param_ends.make_room(gates);
    qubits.make_room(qubits_more);
    params.make_room(params_more);
  }

  void cut(const Counts<std::uint32_t>& at) {
    opcodes.cut(at.gates);
    control_counts.cut(at.gates);
    qubit_ends.cut(at.gates);
    param_ends.cut(at.gates);
    qubits.cut(at.qubits);
    params.cut(at.params);
  }
};

}  // namespace paultrap
