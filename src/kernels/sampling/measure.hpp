// Shots from a final state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "statevector/evolve.hpp"

namespace paultrap {

// A shot and its random number in [0, 1).
struct Draw {
  double at;
  std::uint32_t shot;
};

// Memory that one measurement leaves to the next.
struct MeasureScratch {
  std::vector<Draw> draws;
  std::vector<double> sums;
  std::vector<std::uint64_t> states;
  std::vector<double> probabilities;
};

// Set outcomes[shot] of the shots in scratch.draws by inverting the cumulative distribution at their random numbers.
// States whose probability is at most the floor of `cut` are never seen. `used`: which qubits the state's bits stand for.
void measure(State& state, Cut cut, std::uint64_t used, const Team& team, MeasureScratch& scratch, std::uint64_t* outcomes);

}  // namespace paultrap
