// What a program will cost before it runs: time, memory, and which circuits are large.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "program/view.hpp"
#include "statevector/cost.hpp"
#include "statevector/isa.hpp"
#include "statevector/tree.hpp"
#include "threads/pool.hpp"

namespace paultrap {

// From this many used qubits on, all threads work on one circuit; below, each thread has its own. Where there are few
// circuits, threads would be idle.
constexpr int kLargeQubits = 18, kLargeQubitsAlone = 16;
constexpr std::size_t kFew = 4;

struct CircuitPlan {
  std::uint64_t used = 0;  // qubits that gates touch; only these are in the state
  int n_qubits = 0;        // how many those are
  int states = 1;          // states held while it runs: 3 where a pauliexp of non-commuting terms is evolved
  Work work;
  double max_entries = 1;  // no more than this many states can have a probability
};

struct Plan {
  explicit Plan(const ProgramView& program) : hashes(program) {}

  std::vector<std::size_t> first_equal;  // by circuit
  std::vector<CircuitSurvey> surveys;    // by circuit
  Hashes hashes;
  std::vector<CircuitPlan> circuits;     // by circuit; of equal circuits only the first is filled in
  std::vector<std::size_t> large;        // run by all threads, one after the other
  bool alone = false;                    // one large circuit is the whole program
  Tree tree;                             // of the others; filled in by plan_runs
  double bytes = 0;                      // at peak, worst case

  bool is_first(std::size_t circuit) const { return first_equal[circuit] == circuit; }
  const CircuitPlan& of(std::size_t circuit) const { return circuits[first_equal[circuit]]; }

  // Of a circuit where the circuits before it have run: a copy of one of them is cheap.
  Work work(std::size_t circuit) const {
    const CircuitPlan& plan = of(circuit);
    if (is_first(circuit)) return plan.work;
    Work copy;
    copy[WorkKind::kCopy] = plan.max_entries;
    return copy.updates() < plan.work.updates() ? copy : plan.work;
  }
};

// What the Taylor series of a circuit that `evolves` take beside its other operations, or nothing where it has none.
std::optional<Work> series_work(const ProgramView& program, std::size_t circuit, const CircuitSurvey& survey);

// What a simulation on `threads` threads costs; the planning itself is shared out too where it is long.
Plan make_plan(const ProgramView& program, Precision precision, int threads, Pool& pool);

// Decide what the small circuits share. The decision does not depend on the number of threads.
void plan_runs(const ProgramView& program, Plan& plan, int threads, Pool& pool);

}  // namespace paultrap
