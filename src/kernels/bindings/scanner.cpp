// The Python side of the JSON scanner: split, check, GateTable and scan.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

#include "bindings/program_arrays.hpp"
#include "json/lists.hpp"
#include "json/program.hpp"
#include "json/split.hpp"
#include "program/gates.hpp"
#include "program/pauli_evolution.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

PyObject* json_error = nullptr;  // paultrap._kernels.JsonError; lives as long as the module

std::string_view view(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

[[noreturn]] void raise(const Problem& problem) {
  const nb::tuple args = nb::make_tuple(
      problem.message, nb::steal(PyUnicode_DecodeUTF8(problem.path.data(), static_cast<Py_ssize_t>(problem.path.size()), "replace")),
      problem.offset);
  PyErr_SetObject(json_error, args.ptr());
  throw nb::python_error();
}

template <typename T>
OutputArray<T> to_array(const std::vector<T>& values) {
  NewArray<T> array(values.size());
  std::copy(values.begin(), values.end(), array.data());
  return release(array);
}

// The gate lists of a body, which is kept as long as they are.
struct ReadLists {
  nb::bytes body;
  std::unique_ptr<GateLists> lists;
};

nb::tuple split_body(const nb::bytes& body, const GateTable* table, std::size_t piece) {
  Split parts;
  std::optional<Problem> problem;
  std::unique_ptr<GateLists> lists;
  {
    const nb::gil_scoped_release release;
    try {
      if (table) lists = std::make_unique<GateLists>(view(body), *table, piece);
      parts = split(view(body), lists.get());
    } catch (Problem& found) {
      problem = std::move(found);
    }
  }
  if (problem) raise(*problem);
  std::unique_ptr<ReadLists> read;
  if (lists) read.reset(new ReadLists{body, std::move(lists)});
  return nb::make_tuple(nb::bytes(parts.envelope.data(), parts.envelope.size()),
                        to_array(parts.spans), to_array(parts.owners), parts.root, parts.circuits,
                        parts.plain, std::move(read));
}

void check_text(const nb::bytes& text) {
  try {
    check(view(text));
  } catch (const Problem& problem) {
    raise(problem);
  }
}

// How many values Program.params has of a gate; -1 where these depend on its terms.
int count_of(Params layout) {
  switch (layout) {
    case Params::None: return 0;
    case Params::Rotation: case Params::Phase: case Params::Angle: return 1;
    case Params::PhasesAngle: return 3;
    case Params::PauliExp: return -1;
  }
  return 0;
}

void add_gate(GateTable& table, std::string_view name, bool native, std::uint8_t opcode,
              int rotated, bool controllable, std::uint8_t targets, std::uint8_t min_controls,
              const std::vector<std::string>& params) {
  using Names = std::vector<std::string>;
  Params layout = Params::None;
  if (params == Names{"rotation"}) layout = Params::Rotation;
  else if (params == Names{"phase"}) layout = Params::Phase;
  else if (params == Names{"phases", "angle"}) layout = Params::PhasesAngle;
  else if (params == Names{"angle"}) layout = Params::Angle;
  else if (params == Names{"time", "coefficients", "terms"}) layout = Params::PauliExp;
  else if (!params.empty()) throw std::invalid_argument("no reader for these parameters");
  const auto agrees = [&](int number, int n_params) {
    return number < static_cast<int>(kGateCount) && kGates[number].targets == targets && kGates[number].params == n_params;
  };
  if (!agrees(opcode, count_of(layout)) || (rotated >= 0 && !agrees(rotated, 1))) {
    throw std::invalid_argument("the kernels' gate table says otherwise");
  }
  table.add(name, native, {opcode, static_cast<std::uint8_t>(std::max(rotated, 0)), rotated >= 0,
                           controllable, targets, min_controls, layout});
}

nb::tuple scan(const nb::bytes& body, Input<std::int64_t> spans,
               Input<std::int32_t> widths, Input<bool> native, const GateTable& table,
               int max_qubits, const ReadLists* read) {
  const std::string_view text = view(body);
  std::vector<CircuitSource> sources(widths.size());
  if (spans.size() != 2 * sources.size() || native.size() != sources.size()) {
    throw std::invalid_argument("spans, widths and native are of different lengths");
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i] = {spans.data()[2 * i], spans.data()[2 * i + 1], widths.data()[i], native.data()[i]};
    const auto [begin, end, width, is_native] = sources[i];
    if (begin < 0 || end <= begin || end > static_cast<std::int64_t>(text.size())) {
      throw std::invalid_argument("a span lies outside the body");
    }
  }
  const GateLists* const lists = read ? read->lists.get() : nullptr;
  if (lists && (lists->body().data() != text.data() || &lists->table() != &table)) {
    throw std::invalid_argument("the lists are of another body, or were read with another table");
  }
  std::optional<ScannedProgram> found;
  {
    const nb::gil_scoped_release release;
    found.emplace(make_program(text, sources, table, lists, max_qubits));
  }
  return nb::make_tuple(release(found->program), to_array(found->handed_back));
}

}  // namespace

void bind_scanner(nb::module_& module);
void bind_scanner(nb::module_& module) {
  const nb::tuple bases =
      nb::make_tuple(nb::module_::import_("paultrap.errors").attr("Error"), nb::borrow(PyExc_ValueError));
  json_error = PyErr_NewException("paultrap._kernels.JsonError", bases.ptr(), nullptr);
  if (!json_error) throw nb::python_error();
  module.attr("JsonError") = nb::borrow(json_error);
  module.attr("MAX_DEPTH") = kMaxDepth;
  nb::class_<GateTable>(module, "GateTable")
      .def(nb::init<>())
      .def("add", &add_gate, nb::kw_only(), nb::arg("name"), nb::arg("native"), nb::arg("opcode"),
           nb::arg("rotated"), nb::arg("controllable"), nb::arg("targets"),
           nb::arg("min_controls"), nb::arg("params"));
  nb::class_<ReadLists>(module, "GateLists");
  module.def("split", &split_body, nb::arg("body"), nb::arg("table").none() = nb::none(), nb::arg("piece") = 0);
  module.def("check", &check_text, nb::arg("text"));
  module.def(
      "evolution_problem",
      [](Input<double> params, std::size_t n_targets) {
        const nb::gil_scoped_release release;
        return evolution_problem({params.data(), params.size()}, n_targets);
      },
      nb::arg("params"), nb::arg("targets"));
  module.def("scan", &scan, nb::arg("body"), nb::arg("spans"), nb::arg("widths"),
             nb::arg("native"), nb::arg("table"), nb::arg("max_qubits"),
             nb::arg("lists").none() = nb::none());
}

}  // namespace paultrap
