// From gates to operations: the engine's own reading of the gate table.
#pragma once

#include <cstdint>
#include <span>

#include "program/view.hpp"
#include "statevector/merge.hpp"
#include "statevector/ops.hpp"

namespace paultrap {

// Gates [first, last) of a program.
struct Stretch {
  std::int64_t first, last;
};

// Fill `recipe` with the operations of some gates on the qubits in `used` only, renumbered in ascending order. Where
// only measurement follows, phases that no probability depends on are left out.
void write_recipe(const ProgramView& program, std::span<const Stretch> stretches, std::uint64_t used,
                  bool measured, Recipe& recipe);

}  // namespace paultrap
