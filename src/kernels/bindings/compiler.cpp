// The compiler's Python side: a Program's arrays in, those of its native circuits out.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include "compiler/blocks.hpp"
#include "compiler/lower.hpp"
#include "compiler/native.hpp"
#include "program/arrays.hpp"
#include "program/problem.hpp"
#include "program/view.hpp"
#include "statevector/crew.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

template <class T>
std::span<const T> span(const InputArray<T>& array) {
  return {array.data(), array.size()};
}

// A native circuit as it is.
NativeCircuit copied(const ProgramView& program, std::size_t circuit) {
  NativeCircuit out;
  for (std::int64_t index = program.first_gate(circuit); index < program.last_gate(circuit); ++index) {
    const Gate gate = program.gate(index);
    out.opcodes.push_back(static_cast<std::uint8_t>(gate.opcode));
    out.qubit_counts.push_back(static_cast<std::uint16_t>(gate.targets.size()));
    out.qubits.insert(out.qubits.end(), gate.targets.begin(), gate.targets.end());
    out.params.insert(out.params.end(), gate.params.begin(), gate.params.end());
  }
  return out;
}

struct Options {
  Entangler entangler;
  bool keep_phases;
};

// Of all circuits of a program, twice what one may have: some four million entanglers. A small body could keep a
// machine busy for hours otherwise.
constexpr std::size_t kMostStepsOfProgram = 16'000'000;

NativeCircuit compile(const ProgramView& program, std::size_t circuit, const Choices& choices, Options options,
                      std::atomic<std::size_t>& taken) {
  const int width = program.widths[circuit];
  Steps steps;
  lower(program, circuit, choices, steps);
  taken += steps.size();
  NativeCircuit out;
  NativeWriter writer(width, options.entangler, out);
  write_blocks(steps, width, writer);
  writer.finish(options.keep_phases);
  return out;
}

// Tries choices and keeps those that take fewest entanglers.
class Search {
 public:
  Search(const ProgramView& program, std::size_t circuit)
      : program_(program), circuit_(circuit), ways_(ways_of(program, circuit)) {
    best_.ways.assign(ways_.size(), 0);
  }

  Choices run() {
    const bool swaps = has_swaps(program_, circuit_);
    if (ways_.empty() && !swaps) return std::move(best_);
    fewest_ = count(best_);
    // Renamed qubits often take fewer, but a swap may also cost nothing beside another gate on its pair.
    if (swaps) keep_if_better({Swaps::kRename, best_.ways});
    tries_ = std::min(kMostTries, kMostWork / (fewest_ + 1));
    while (tries_ > 0 && improve_each()) {
    }
    return std::move(best_);
  }

 private:
  static constexpr std::size_t kMostTries = 150, kMostWork = 10000;  // work in entanglers counted

  // One way after another for one gate after another; whether any was better.
  bool improve_each() {
    bool better = false;
    for (std::size_t k = 0; k < ways_.size(); ++k) {
      for (std::uint8_t way = 0; way < ways_[k] && tries_ > 0; ++way) {
        if (way == best_.ways[k]) continue;
        --tries_;
        Choices choices = best_;
        choices.ways[k] = way;
        better |= keep_if_better(std::move(choices));
      }
    }
    return better;
  }

  bool keep_if_better(Choices choices) {
    const std::size_t found = count(choices);
    if (found >= fewest_) return false;
    fewest_ = found;
    best_ = std::move(choices);
    return true;
  }

  std::size_t count(const Choices& choices) {
    steps_.clear();
    lower(program_, circuit_, choices, steps_);
    return count_entanglers(steps_, program_.widths[circuit_]);
  }

  const ProgramView& program_;
  std::size_t circuit_;
  std::vector<std::uint8_t> ways_;
  std::size_t fewest_ = 0, tries_ = 0;
  Choices best_;
  Steps steps_;
};

NativeCircuit compile(const ProgramView& program, std::size_t circuit, Options options,
                      std::atomic<std::size_t>& taken) {
  if (is_native(program, circuit)) return copied(program, circuit);
  return compile(program, circuit, Search(program, circuit).run(), options, taken);
}

struct NativeProgram {
  NewArray<std::int64_t> gate_offsets;
  NewArray<std::uint8_t> opcodes;
  NewArray<std::uint16_t> control_counts;
  NewArray<std::int64_t> qubit_offsets;
  NewArray<Qubit> qubits;
  NewArray<std::int64_t> param_offsets;
  NewArray<double> params;
};

template <class T>
T* append(T* to, const std::vector<T>& values) {
  return std::copy(values.begin(), values.end(), to);
}

NativeProgram joined(const std::vector<NativeCircuit>& circuits) {
  std::size_t gates = 0, n_qubits = 0, n_params = 0;
  for (const NativeCircuit& circuit : circuits) {
    gates += circuit.opcodes.size();
    n_qubits += circuit.qubits.size();
    n_params += circuit.params.size();
  }
  using Offsets = NewArray<std::int64_t>;
  NativeProgram out{Offsets(circuits.size() + 1), NewArray<std::uint8_t>(gates), NewArray<std::uint16_t>(gates),
                    Offsets(gates + 1), NewArray<Qubit>(n_qubits), Offsets(gates + 1), NewArray<double>(n_params)};
  std::fill_n(out.control_counts.data(), gates, std::uint16_t{0});
  std::uint8_t* opcode = out.opcodes.data();
  Qubit* qubit = out.qubits.data();
  double* param = out.params.data();
  std::int64_t* end = out.gate_offsets.data();
  std::int64_t* qubit_end = out.qubit_offsets.data();
  std::int64_t* param_end = out.param_offsets.data();
  *end = *qubit_end = *param_end = 0;
  for (const NativeCircuit& circuit : circuits) {
    for (std::size_t k = 0; k < circuit.opcodes.size(); ++k, ++qubit_end, ++param_end) {
      qubit_end[1] = *qubit_end + circuit.qubit_counts[k];
      param_end[1] = *param_end + kGates[circuit.opcodes[k]].params;
    }
    opcode = append(opcode, circuit.opcodes);
    qubit = append(qubit, circuit.qubits);
    param = append(param, circuit.params);
    end[1] = *end + static_cast<std::int64_t>(circuit.opcodes.size());
    ++end;
  }
  return out;
}

NativeProgram compile_all(const ProgramView& program, Options options, int threads) {
  check_arrays(program);
  check_offsets(program);
  check_gates(program, kMaxCliffordWidth);
  std::vector<NativeCircuit> circuits(program.n_circuits());
  std::vector<std::optional<CircuitProblem>> problems(program.n_circuits());
  std::atomic<std::size_t> steps = 0;
  std::atomic<std::uint64_t> refused = program.n_circuits();  // the first circuit that is: those behind do not matter
  CrewLease crew(threads);
  crew.pool().share(threads, program.n_circuits(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) {
      if (circuit > refused || steps > kMostStepsOfProgram) return;
      try {
        circuits[circuit] = compile(program, circuit, options, steps);
      } catch (const CircuitProblem& problem) {
        problems[circuit] = problem;
        std::uint64_t lowest = refused;
        while (circuit < lowest && !refused.compare_exchange_weak(lowest, circuit)) {
        }
      }
    }
  });
  // The first of them, whichever thread came upon another before.
  if (refused < program.n_circuits()) throw *problems[refused];
  if (steps > kMostStepsOfProgram) {
    throw CircuitProblem("compiled, the circuits are too long together: use fewer of them at a time");
  }
  return joined(circuits);
}

}  // namespace

void bind_compiler(nb::module_& module);

void bind_compiler(nb::module_& module) {
  module.def(
      "compile_native",
      [](InputArray<std::uint16_t> widths, InputArray<std::int64_t> gate_offsets, InputArray<std::uint8_t> opcodes,
         InputArray<std::uint16_t> control_counts, InputArray<std::int64_t> qubit_offsets,
         InputArray<std::uint16_t> qubits, InputArray<std::int64_t> param_offsets, InputArray<double> params, bool ms,
         bool keep_phases, int threads) {
        const ProgramView program{span(widths), span(gate_offsets), span(opcodes), span(control_counts),
                                  span(qubit_offsets), span(qubits), span(param_offsets), span(params)};
        auto out = [&] {
          const nb::gil_scoped_release release;
          return compile_all(program, {ms ? Entangler::kMs : Entangler::kZz, keep_phases}, threads);
        }();
        return nb::make_tuple(out.gate_offsets.release(), out.opcodes.release(), out.control_counts.release(),
                              out.qubit_offsets.release(), out.qubits.release(), out.param_offsets.release(),
                              out.params.release());
      },
      nb::arg("widths"), nb::arg("gate_offsets"), nb::arg("opcodes"), nb::arg("control_counts"),
      nb::arg("qubit_offsets"), nb::arg("qubits"), nb::arg("param_offsets"), nb::arg("params"), nb::arg("ms"),
      nb::arg("keep_phases"), nb::arg("threads"),
      "Return the arrays of a Program of native circuits, all but the widths.");
}

}  // namespace paultrap
