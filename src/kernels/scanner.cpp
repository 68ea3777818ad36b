// The Python side of the JSON scanner: split, check, GateTable and scan.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>

#include "arrays.hpp"
#include "scanner_gates.hpp"
#include "scanner_split.hpp"
#include "threads.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

constexpr std::size_t kPieceBytes = 96 * 1024;  // of gate lists, for one thread at a time

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
  return array.release();
}

nb::tuple split_body(const nb::bytes& body) {
  Split parts;
  std::optional<Problem> problem;
  {
    const nb::gil_scoped_release release;
    try {
      parts = split(view(body));
    } catch (Problem& found) {
      problem = std::move(found);
    }
  }
  if (problem) raise(*problem);
  return nb::make_tuple(nb::bytes(parts.envelope.data(), parts.envelope.size()),
                        to_array(parts.spans), to_array(parts.owners), parts.root, parts.circuits);
}

void check_text(const nb::bytes& text) {
  try {
    check(view(text));
  } catch (const Problem& problem) {
    raise(problem);
  }
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
  table.add(name, native, {opcode, static_cast<std::uint8_t>(std::max(rotated, 0)), rotated >= 0,
                           controllable, targets, min_controls, layout});
}

// Where a piece's values begin in the whole program.
struct Bases {
  std::size_t circuits = 0, gates = 0, qubits = 0, params = 0;
};

// The arrays of a Program, in its order.
struct ProgramArrays {
  NewArray<std::uint16_t> widths;
  NewArray<std::int64_t> gate_offsets;
  NewArray<std::uint8_t> opcodes;
  NewArray<std::uint16_t> control_counts;
  NewArray<std::int64_t> qubit_offsets;
  NewArray<std::uint16_t> qubits;
  NewArray<std::int64_t> param_offsets;
  NewArray<double> params;

  explicit ProgramArrays(const Bases& totals)
      : widths(totals.circuits), gate_offsets(totals.circuits + 1), opcodes(totals.gates),
        control_counts(totals.gates), qubit_offsets(totals.gates + 1), qubits(totals.qubits),
        param_offsets(totals.gates + 1), params(totals.params) {
    gate_offsets.data()[0] = qubit_offsets.data()[0] = param_offsets.data()[0] = 0;
  }

  void put(const GateArrays& piece, const Bases& at) {
    copy(piece.widths, widths.data() + at.circuits);
    copy(piece.opcodes, opcodes.data() + at.gates);
    copy(piece.control_counts, control_counts.data() + at.gates);
    copy(piece.qubits, qubits.data() + at.qubits);
    copy(piece.params, params.data() + at.params);
    add_up(piece.gates, at.gates, gate_offsets.data() + at.circuits + 1);
    add_up(piece.qubit_counts, at.qubits, qubit_offsets.data() + at.gates + 1);
    add_up(piece.param_counts, at.params, param_offsets.data() + at.gates + 1);
  }

 private:
  template <typename T>
  static void copy(const std::vector<T>& from, T* to) {
    std::copy(from.begin(), from.end(), to);
  }

  template <typename T>
  static void add_up(const std::vector<T>& counts, std::size_t base, std::int64_t* to) {
    auto sum = static_cast<std::int64_t>(base);
    for (const T count : counts) *to++ = sum += count;
  }
};

// Cuts the circuits into ranges of about kPieceBytes; the ends of the ranges.
std::vector<std::size_t> plan_pieces(const std::vector<CircuitSource>& sources) {
  std::vector<std::size_t> ends;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    bytes += static_cast<std::size_t>(sources[i].end - sources[i].begin);
    if (bytes >= kPieceBytes || i + 1 == sources.size()) {
      ends.push_back(i + 1);
      bytes = 0;
    }
  }
  return ends;
}

ProgramArrays scan_all(std::string_view body, const std::vector<CircuitSource>& sources,
                       const GateTable& table, int max_qubits,
                       std::vector<std::int64_t>& handed_back) {
  const std::vector<std::size_t> ends = plan_pieces(sources);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<GateArrays> pieces(ends.size());
  parallel_for(ends.size(), threads, [&](std::size_t i) {
    scan_circuits(body, table, sources, i ? ends[i - 1] : 0, ends[i], max_qubits, pieces[i]);
  });
  std::vector<Bases> bases(1);
  for (const GateArrays& piece : pieces) {
    const Bases& at = bases.back();
    bases.push_back({at.circuits + piece.widths.size(), at.gates + piece.opcodes.size(),
                     at.qubits + piece.qubits.size(), at.params + piece.params.size()});
    handed_back.insert(handed_back.end(), piece.handed_back.begin(), piece.handed_back.end());
  }
  ProgramArrays whole(bases.back());
  parallel_for(pieces.size(), threads, [&](std::size_t i) { whole.put(pieces[i], bases[i]); });
  return whole;
}

nb::tuple scan(const nb::bytes& body, InputArray<std::int64_t> spans,
               InputArray<std::int32_t> widths, InputArray<bool> native, const GateTable& table,
               int max_qubits) {
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
  std::vector<std::int64_t> handed_back;
  std::optional<ProgramArrays> arrays;
  {
    const nb::gil_scoped_release release;
    arrays = scan_all(text, sources, table, max_qubits, handed_back);
  }
  return nb::make_tuple(arrays->widths.release(), arrays->gate_offsets.release(),
                        arrays->opcodes.release(), arrays->control_counts.release(),
                        arrays->qubit_offsets.release(), arrays->qubits.release(),
                        arrays->param_offsets.release(), arrays->params.release(),
                        to_array(handed_back));
}

}  // namespace

void bind_scanner(nb::module_& module);
void bind_scanner(nb::module_& module) {
  json_error = PyErr_NewException("paultrap._kernels.JsonError", PyExc_ValueError, nullptr);
  if (!json_error) throw nb::python_error();
  module.attr("JsonError") = nb::borrow(json_error);
  module.attr("MAX_DEPTH") = kMaxDepth;
  nb::class_<GateTable>(module, "GateTable")
      .def(nb::init<>())
      .def("add", &add_gate, nb::kw_only(), nb::arg("name"), nb::arg("native"), nb::arg("opcode"),
           nb::arg("rotated"), nb::arg("controllable"), nb::arg("targets"),
           nb::arg("min_controls"), nb::arg("params"));
  module.def("split", &split_body, nb::arg("body"));
  module.def("check", &check_text, nb::arg("text"));
  module.def("scan", &scan, nb::arg("body"), nb::arg("spans"), nb::arg("widths"),
             nb::arg("native"), nb::arg("table"), nb::arg("max_qubits"));
}

}  // namespace paultrap
