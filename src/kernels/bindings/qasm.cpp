// The Python side of flat programs in OpenQASM.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/program_arrays.hpp"
#include "program/gates.hpp"
#include "qasm/flat.hpp"
#include "qasm/unitaries.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

// What a program does: its arrays, as `paultrap.circuits.Program` has them.
nb::tuple program_of(const qasm::FlatProgram& found) {
  const Counts<std::uint32_t> all = found.gates.extent();
  NewProgram program(1, {all.gates, all.qubits, all.params});
  program.widths.data()[0] = static_cast<std::uint16_t>(std::max<std::int64_t>(found.qubits, 1));
  program.gate_offsets.data()[1] = all.gates;
  program.put(found.gates, {}, all, {});
  return release(program);
}

nb::object read_flat(const nb::bytes& text, const qasm::Gates& gates, std::int64_t most_operations,
                     std::int64_t most_qubits, std::int64_t most_bits, std::int64_t most_small_steps) {
  std::optional<qasm::FlatProgram> found;
  {
    const nb::gil_scoped_release release;
    found = qasm::read_flat({text.c_str(), text.size()}, gates, {most_operations, most_qubits, most_bits, most_small_steps});
  }
  if (!found) return nb::none();
  nb::object bits = nb::none();
  if (found->is_measured) bits = nb::cast(found->bits);
  return nb::make_tuple(found->qubits, nb::cast(found->registers), nb::cast(found->register_sizes), bits,
                        found->operations, nb::cast(found->too_many), program_of(*found));
}

using Steps = std::vector<std::tuple<std::uint8_t, std::vector<std::uint16_t>, int>>;
using Angles = std::tuple<std::array<int, 3>, std::vector<int>>;

void add_gate(qasm::Gates& gates, const std::string& name, int params, int qubits, bool is_built_in, const Steps& steps,
              const std::optional<Angles>& euler) {
  qasm::Gate gate{params, qubits, is_built_in, {}, std::nullopt};
  for (const auto& [opcode, places, controls] : steps) {
    const bool fits = opcode < std::size(kGates) && (kGates[opcode].params == 0 || kGates[opcode].params == params) &&
                      controls >= 0 && static_cast<std::size_t>(controls) < places.size() &&
                      std::all_of(places.begin(), places.end(), [&](int place) { return place < qubits; });
    if (!fits) throw nb::value_error("a step does not fit its gate");
    gate.steps.push_back({opcode, places, controls});
  }
  if (euler) {
    gate.euler = qasm::Euler{std::get<0>(*euler), std::get<1>(*euler)};
    const auto fits = [&](int place) { return place >= qasm::Euler::kQuarterTurn && place < params; };
    if (qubits < 1 || !std::ranges::all_of(gate.euler->angles, fits) || !std::ranges::all_of(gate.euler->half_of, fits)) {
      throw nb::value_error("an angle does not fit its gate");
    }
  }
  gates.add(name, std::move(gate));
}

using Parts = std::array<double, 4>;

std::tuple<double, Parts> euler(double theta, double phi, double lam, const std::vector<double>& half_of) {
  const qasm::Unitary found = qasm::euler(theta, phi, lam, half_of);
  return {found.phase, found.parts};
}

std::vector<std::tuple<int, double, int>> turns(double phase, const Parts& parts, bool is_controlled) {
  std::vector<std::tuple<int, double, int>> found;
  for (const qasm::Turn& turn : qasm::turns_of({phase, parts}, is_controlled)) {
    found.emplace_back(static_cast<int>(turn.opcode), turn.angle, static_cast<int>(turn.on));
  }
  return found;
}

}  // namespace

void bind_qasm(nb::module_& module);
void bind_qasm(nb::module_& module) {
  nb::class_<qasm::Gates>(module, "FlatGates")
      .def(nb::init<int, std::string>(), nb::arg("version"), nb::arg("file"))
      .def("add", &add_gate, nb::kw_only(), nb::arg("name"), nb::arg("params"), nb::arg("qubits"),
           nb::arg("is_built_in"), nb::arg("steps"), nb::arg("euler").none());
  module.def("read_flat", &read_flat, nb::arg("text"), nb::arg("gates"), nb::kw_only(), nb::arg("most_operations"),
             nb::arg("most_qubits"), nb::arg("most_bits"), nb::arg("most_small_steps"));
  module.def("reduced", &qasm::reduced, nb::arg("angle"));
  module.def("euler", &euler, nb::arg("theta"), nb::arg("phi"), nb::arg("lam"), nb::arg("half_of"));
  module.def("turns", &turns, nb::arg("phase"), nb::arg("parts"), nb::arg("is_controlled"));
}

}  // namespace paultrap
