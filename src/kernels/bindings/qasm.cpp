// The Python side of flat programs in OpenQASM.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "bindings/arrays.hpp"
#include "qasm/flat.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

template <typename T>
OutputArray<T> as_output(const std::vector<T>& values) {
  NewArray<T> array(values.size());
  std::copy(values.begin(), values.end(), array.data());
  return release(array);
}

nb::object read_flat(const nb::bytes& text, const qasm::Gates& gates, std::int64_t most_operations,
                     std::int64_t most_qubits, std::int64_t most_bits) {
  std::optional<qasm::FlatProgram> found;
  {
    const nb::gil_scoped_release release;
    found = qasm::read_flat({text.c_str(), text.size()}, gates, {most_operations, most_qubits, most_bits});
  }
  if (!found) return nb::none();
  nb::object bits = nb::none();
  if (found->is_measured) bits = nb::cast(found->bits);
  return nb::make_tuple(found->qubits, nb::cast(found->registers), nb::cast(found->register_sizes), bits,
                        as_output(found->operations), as_output(found->operands), as_output(found->params),
                        as_output(found->starts), found->small_steps);
}

}  // namespace

void bind_qasm(nb::module_& module);
void bind_qasm(nb::module_& module) {
  nb::class_<qasm::Gates>(module, "FlatGates")
      .def(nb::init<int, std::string>(), nb::arg("version"), nb::arg("file"))
      .def(
          "add",
          [](qasm::Gates& gates, const std::string& name, int params, int qubits, int pieces, bool is_sure,
             bool is_built_in) { gates.add(name, {params, qubits, pieces, is_sure, is_built_in}); },
          nb::kw_only(), nb::arg("name"), nb::arg("params"), nb::arg("qubits"), nb::arg("pieces"), nb::arg("is_sure"),
          nb::arg("is_built_in"));
  module.def("read_flat", &read_flat, nb::arg("text"), nb::arg("gates"), nb::arg("most_operations"),
             nb::arg("most_qubits"), nb::arg("most_bits"));
}

}  // namespace paultrap
