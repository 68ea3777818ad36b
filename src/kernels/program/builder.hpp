// Programs that C++ writes: gates one after the other, and whole programs of such.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "memory/column.hpp"
#include "program/view.hpp"

namespace paultrap {

// Counts of gates, and of their qubits and parameters; or where they begin.
template <typename T>
struct Counts {
  T gates = 0, qubits = 0, params = 0;
};
using Extent = Counts<std::size_t>;

// Gates that are added one by one. Ends count from the columns' begin.
struct GateColumns {
  Column<std::uint8_t> opcodes;
  Column<std::uint16_t> control_counts;
  Column<std::uint32_t> qubit_ends;
  Column<std::uint16_t> qubits;
  Column<std::uint32_t> param_ends;
  Column<double> params;

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

  // Makes a gate of the qubits and parameters that were pushed since the last one. Room has been made.
  void end_gate(std::uint8_t opcode, std::size_t n_controls) {
    opcodes.push(opcode);
    control_counts.push(static_cast<std::uint16_t>(n_controls));
    qubit_ends.push(static_cast<std::uint32_t>(qubits.size()));
    param_ends.push(static_cast<std::uint32_t>(params.size()));
  }

  void add(Opcode opcode, std::initializer_list<std::uint16_t> targets, std::initializer_list<double> values) {
    make_room(1, targets.size(), values.size());
    for (const std::uint16_t qubit : targets) qubits.push(qubit);
    for (const double value : values) params.push(value);
    end_gate(static_cast<std::uint8_t>(opcode), 0);
  }

  void add(const Gate& gate) {
    make_room(1, gate.targets.size() + gate.controls.size(), gate.params.size());
    for (const std::uint16_t qubit : gate.targets) qubits.push(qubit);
    for (const std::uint16_t qubit : gate.controls) qubits.push(qubit);
    for (const double value : gate.params) params.push(value);
    end_gate(static_cast<std::uint8_t>(gate.opcode), gate.controls.size());
  }
};

// A whole program to be filled: widths and ends of circuits by its maker, gates by `put`.
struct NewProgram : ProgramFields<NewArray> {
  NewProgram(std::size_t circuits, const Extent& totals)
      : ProgramFields{NewArray<std::uint16_t>(circuits),         NewArray<std::int64_t>(circuits + 1),
                      NewArray<std::uint8_t>(totals.gates),      NewArray<std::uint16_t>(totals.gates),
                      NewArray<std::int64_t>(totals.gates + 1),  NewArray<std::uint16_t>(totals.qubits),
                      NewArray<std::int64_t>(totals.gates + 1),  NewArray<double>(totals.params)} {
    gate_offsets.data()[0] = qubit_offsets.data()[0] = param_offsets.data()[0] = 0;
  }

  // Copies gates `from` to `to` of the columns to place `at`.
  void put(const GateColumns& columns, const Counts<std::uint32_t>& from, const Counts<std::uint32_t>& to,
           const Extent& at) {
    copy(columns.opcodes, from.gates, to.gates, opcodes.data() + at.gates);
    copy(columns.control_counts, from.gates, to.gates, control_counts.data() + at.gates);
    copy(columns.qubits, from.qubits, to.qubits, qubits.data() + at.qubits);
    copy(columns.params, from.params, to.params, params.data() + at.params);
    shift(columns.qubit_ends, from.gates, to.gates, at.qubits - from.qubits, qubit_offsets.data() + at.gates + 1);
    shift(columns.param_ends, from.gates, to.gates, at.params - from.params, param_offsets.data() + at.gates + 1);
  }

 private:
  template <typename T>
  static void copy(const Column<T>& column, std::size_t from, std::size_t to, T* out) {
    if (to > from) std::memcpy(out, column.data() + from, (to - from) * sizeof(T));
  }

  static void shift(const Column<std::uint32_t>& ends, std::size_t from, std::size_t to, std::size_t by,
                    std::int64_t* out) {
    const std::uint32_t* const values = ends.data();
    for (std::size_t k = from; k < to; ++k) *out++ = static_cast<std::int64_t>(values[k] + by);
  }
};

}  // namespace paultrap
