// One circuit on one state, with one thread or many.
#pragma once

#include "statevector_buffer.hpp"
#include "statevector_isa.hpp"
#include "statevector_ops.hpp"
#include "statevector_pool.hpp"

namespace paultrap {

// What one circuit needs at a time, reused for the next one.
struct Workspace {
  StateBuffer state, term, next;  // the last two for Taylor series only
  Recipe recipe;

  void release() {
    state.release();
    term.release();
    next.release();
    recipe = {};
  }

  // Give back what only a large circuit needed.
  void trim() {
    constexpr std::size_t kKept = std::size_t{8} << 20;
    if (state.bytes() + term.bytes() + next.bytes() + recipe.ops.capacity() * sizeof(Op) > kKept) {
      release();
    }
  }
};

// Run work.recipe on |0...0>; returns the state, which lies in `work`.
const double* evolve(Workspace& work, const Isa& isa, Pool& pool, int threads);

}  // namespace paultrap
