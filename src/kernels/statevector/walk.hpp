// The small circuits of a program, by the tree of what they share.
#pragma once

#include <functional>

#include "statevector/crew.hpp"
#include "statevector/evolve.hpp"
#include "statevector/plan.hpp"

namespace paultrap {

// Run the leaves of plan.tree. `finish` is called by any thread, once for each leaf, with the circuit's final state.
void walk(const ProgramView& program, const Plan& plan, int threads, const Isa& isa, CrewLease& crew,
          const std::function<void(std::size_t circuit, State& state)>& finish);

}  // namespace paultrap
