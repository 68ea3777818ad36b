// Programs to distributions: the engine behind paultrap.engine.simulate.
#pragma once

#include <cstdint>

#include "statevector_buffer.hpp"
#include "statevector_crew.hpp"
#include "statevector_fold.hpp"
#include "statevector_isa.hpp"
#include "statevector_plan.hpp"
#include "statevector_program.hpp"

namespace paultrap {

// As in paultrap.circuits.Distributions.
struct Answer {
  Array<std::int64_t> offsets;
  Entries entries;  // of all circuits
};

Answer simulate(const ProgramView& program, const Plan& plan, int threads, const Isa& isa, CrewLease& crew);

}  // namespace paultrap
