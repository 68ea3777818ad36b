// Programs to distributions: the engine behind paultrap.engine.simulate.
#pragma once

#include <cstdint>

#include "memory/buffer.hpp"
#include "program/view.hpp"
#include "statevector/crew.hpp"
#include "statevector/fold.hpp"
#include "statevector/isa.hpp"
#include "statevector/plan.hpp"

namespace paultrap {

// As in paultrap.circuits.Distributions.
struct Answer {
  Array<std::int64_t> offsets;
  Entries entries;  // of all circuits
};

Answer simulate(const ProgramView& program, const Plan& plan, Floor floor, int threads, const Isa& isa, CrewLease& crew);

}  // namespace paultrap
