// The Python module paultrap._kernels: each file of this folder binds the functions of another.
#include <nanobind/nanobind.h>

#include <cstdint>
#include <exception>

#include "program/problem.hpp"
#include "threads/parallel.hpp"

namespace nb = nanobind;

namespace paultrap {
void bind_checksums(nb::module_& module);     // bindings/checksums.cpp: checksums of rows
void bind_gates(nb::module_& module);         // bindings/gates.cpp: the gate table
void bind_interrupt(nb::module_& module);     // bindings/interrupt.cpp: the end of runs
void bind_program(nb::module_& module);       // bindings/program.cpp: the arrays of a program
void bind_compiler(nb::module_& module);      // bindings/compiler.cpp: programs to native programs
void bind_scanner(nb::module_& module);       // bindings/scanner.cpp: JSON to flat arrays
void bind_qasm(nb::module_& module);          // bindings/qasm.cpp: flat programs in OpenQASM to flat arrays
void bind_writer(nb::module_& module);        // bindings/writer.cpp: answers to JSON
void bind_statevector(nb::module_& module);   // bindings/statevector.cpp: programs to distributions
void bind_sampling(nb::module_& module);      // bindings/sampling.cpp: programs and noise to counts

// The classes are Python's, since others of their hierarchy are raised there.
void raise_problem(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const CircuitProblem& problem) {
    const bool not_clifford = problem.kind == CircuitProblem::Kind::kNotClifford;
    const nb::object type =
        nb::module_::import_("paultrap.circuits").attr(not_clifford ? "NotCliffordError" : "SimulationError");
    const auto place = [](std::int64_t index) { return index < 0 ? nb::none() : nb::object(nb::int_(index)); };
    const nb::object error = type(problem.what(), place(problem.circuit), place(problem.gate));
    PyErr_SetObject(type.ptr(), error.ptr());
  }
}
}  // namespace paultrap

NB_MODULE(_kernels, module) {
  // An interpreter that is ended by a signal lets go of nothing, and that is no fault to report.
  nanobind::set_leak_warnings(false);
  nb::register_exception_translator(paultrap::raise_problem);
  // Affinity and the limits of a container are asked in one place, which is Python's.
  const nb::object usable_cores = nb::module_::import_("paultrap.host").attr("usable_cores");
  paultrap::set_processors(nb::cast<std::size_t>(usable_cores()));
  paultrap::bind_checksums(module);
  paultrap::bind_gates(module);
  paultrap::bind_interrupt(module);
  paultrap::bind_program(module);
  paultrap::bind_compiler(module);
  paultrap::bind_scanner(module);
  paultrap::bind_qasm(module);
  paultrap::bind_writer(module);
  paultrap::bind_statevector(module);
  paultrap::bind_sampling(module);
}
