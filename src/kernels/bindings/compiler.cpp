// The compiler's Python side: a Program's arrays in, those of its native circuits out.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

#include "bindings/program_arrays.hpp"
#include "compiler/blocks.hpp"
#include "compiler/lower.hpp"
#include "compiler/native.hpp"
#include "program/problem.hpp"
#include "statevector/crew.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

// A native circuit as it is.
GateColumns copied(const ProgramView& program, std::size_t circuit) {
  GateColumns out;
  for (std::int64_t index = program.first_gate(circuit); index < program.last_gate(circuit); ++index) {
    out.add(program.gate(index));
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

GateColumns compile(const ProgramView& program, std::size_t circuit, const Choices& choices, Options options,
                      std::atomic<std::size_t>& taken) {
  const int width = program.widths[circuit];
  Steps steps;
  lower(program, circuit, choices, steps);
  taken += steps.size();
  GateColumns out;
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

GateColumns compile(const ProgramView& program, std::size_t circuit, Options options,
                      std::atomic<std::size_t>& taken) {
  if (is_native(program, circuit)) return copied(program, circuit);
  return compile(program, circuit, Search(program, circuit).run(), options, taken);
}

NewProgram joined(const std::vector<GateColumns>& circuits, std::span<const std::uint16_t> widths) {
  Extent total;
  for (const GateColumns& circuit : circuits) {
    total.gates += circuit.opcodes.size();
    total.qubits += circuit.qubits.size();
    total.params += circuit.params.size();
  }
  NewProgram out(circuits.size(), total);
  std::copy(widths.begin(), widths.end(), out.widths.data());
  Extent at;
  for (std::size_t k = 0; k < circuits.size(); ++k) {
    const Counts<std::uint32_t> all = circuits[k].extent();
    out.put(circuits[k], {}, all, at);
    at = {at.gates + all.gates, at.qubits + all.qubits, at.params + all.params};
    out.gate_offsets.data()[k + 1] = static_cast<std::int64_t>(at.gates);
  }
  return out;
}

NewProgram compile_all(const ProgramView& program, Options options, int threads) {
  check_gates(program, kMaxCliffordWidth);
  std::vector<GateColumns> circuits(program.n_circuits());
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
  return joined(circuits, program.widths);
}

}  // namespace

void bind_compiler(nb::module_& module);

void bind_compiler(nb::module_& module) {
  module.def(
      "compile_native",
      [](const ProgramArrays& program, bool ms, bool keep_phases, int threads) {
        auto out = [&] {
          const nb::gil_scoped_release release;
          return compile_all(program.view(), {ms ? Entangler::kMs : Entangler::kZz, keep_phases}, threads);
        }();
        return release(out);
      },
      nb::arg("program"), nb::arg("ms"), nb::arg("keep_phases"), nb::arg("threads"),
      "Return the arrays of a Program of native circuits.");
}

}  // namespace paultrap
