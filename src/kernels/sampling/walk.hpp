// The runs of one circuit with its errors: every pattern from the deepest state that it shares with another.
#pragma once

#include <cstdint>
#include <vector>

#include "program/view.hpp"
#include "sampling/faults.hpp"
#include "sampling/measure.hpp"
#include "sampling/random.hpp"
#include "statevector/evolve.hpp"
#include "statevector/survey.hpp"

namespace paultrap {

// States that a walk holds at most: deeper patterns that share errors do not share states.
constexpr std::size_t kMostStates = 6;

struct NoisyCircuit {
  const ProgramView& program;
  std::size_t circuit;
  const CircuitSurvey& survey;
  const Patterns& patterns;
  Floor floor;               // of probabilities that are seen
  std::int64_t first_pauli;  // gates of the program: X, Y and Z of qubit 0, of qubit 1, and so on
};

// Patterns [first, last) of one circuit. Tasks depend on the circuit and its patterns alone.
struct PatternTask {
  std::size_t circuit;
  std::size_t first, last;
};

// Append the tasks of a circuit; `whole` leaves them in one.
void cut_tasks(const NoisyCircuit& noisy, bool whole, std::vector<PatternTask>& tasks);

// Run patterns [first, last) and set the outcomes of their shots.
void run_patterns(const NoisyCircuit& noisy, std::size_t first, std::size_t last, Workspace& work, const Team& team,
                  const Stream& random, MeasureScratch& scratch, std::uint64_t* outcomes);

}  // namespace paultrap
