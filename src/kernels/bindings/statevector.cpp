// The engine's Python side: arrays in, arrays out, and nothing of the interpreter in between.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>

#include "bindings/program_arrays.hpp"
#include "statevector/crew.hpp"
#include "statevector/isa.hpp"
#include "statevector/plan.hpp"
#include "statevector/run.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) { return std::chrono::duration<double>(to - from).count(); }

nb::object simulate_arrays(const ProgramArrays& arrays, int threads, double memory_limit, bool single, bool fixed_floor,
                           const std::optional<std::string>& isa_name) {
  const Precision precision = single ? Precision::kSingle : Precision::kDouble;
  const Isa& isa = choose_isa(isa_name ? isa_name->c_str() : nullptr, precision);
  Answer answer;
  double needed = 0;
  const Clock::time_point start = Clock::now();
  Clock::time_point planned;
  {
    const nb::gil_scoped_release release;
    const ProgramView program = arrays.view();
    threads = std::min(threads, kMostThreads);
    CrewLease crew(threads);
    Plan plan = make_plan(program, precision, threads, crew.pool());
    needed = plan.bytes;
    if (needed <= std::min(memory_limit, kMostMemory)) {
      plan_runs(program, plan, threads, crew.pool());
      planned = Clock::now();
      answer = simulate(program, plan, fixed_floor ? Floor::kFixed : Floor::kByWidth, threads, isa, crew);
    }
  }
  if (needed > std::min(memory_limit, kMostMemory)) return nb::int_(whole(needed));
  const Entries& entries = answer.entries;
  return nb::make_tuple(hand_over(answer.offsets), as_array(entries.states, entries.count, entries.memory),
                        as_array(entries.probabilities, entries.count, entries.memory), seconds(start, planned),
                        seconds(planned, Clock::now()));
}

nb::object estimate_arrays(const ProgramArrays& arrays, int threads, bool single) {
  double bytes = 0;
  Array<double> amounts;
  {
    const nb::gil_scoped_release release;
    const ProgramView program = arrays.view();
    threads = std::min(threads, kMostThreads);
    CrewLease crew(threads);
    const Plan plan = make_plan(program, single ? Precision::kSingle : Precision::kDouble, threads, crew.pool());
    bytes = plan.bytes;
    amounts = amounts_of(program.n_circuits(), [&](std::size_t circuit) { return plan.work(circuit); });
  }
  return nb::make_tuple(whole(bytes), hand_over(amounts));
}

}  // namespace

void bind_statevector(nb::module_& module);

void bind_statevector(nb::module_& module) {
  module.def(
      "simulate", &simulate_arrays, nb::arg("program"), nb::arg("threads"), nb::arg("memory_limit"),
      nb::arg("single") = false, nb::arg("fixed_floor") = false, nb::arg("isa") = nb::none(),
      "Return (offsets, states, probabilities, seconds of planning, seconds of running), or the bytes needed where these "
      "are above memory_limit.");
  module.def("estimate", &estimate_arrays, nb::arg("program"), nb::arg("threads"), nb::arg("single") = false,
             "Return (bytes at peak, the amounts of work of each circuit, one after the other).");
  module.def(
      "work_kinds",
      [] {
        nb::list kinds;
        for (const WorkFacts& kind : kWork) kinds.append(nb::make_tuple(std::string(kind.name), kind.updates));
        return kinds;
      },
      "Return the kinds of work and what each takes in amplitude updates, in the order of the amounts.");
  module.def(
      "isa",
      [](std::optional<std::string> name) { return std::string(choose_isa(name ? name->c_str() : nullptr).name); },
      nb::arg("name") = nb::none(),
      "Return the instruction set that simulate uses; ValueError where it cannot run here.");
}

}  // namespace paultrap
