// Operations on a state, with one thread or many.
#pragma once

#include <deque>

#include "memory/buffer.hpp"
#include "statevector/isa.hpp"
#include "statevector/ops.hpp"
#include "threads/pool.hpp"

namespace paultrap {

// A Taylor series of exp(-i t H) whose step has t |H| <= 2 needs about 24 terms for the last to vanish, and loses less
// than e^2 units in the last place to cancellation.
inline constexpr double kTaylorStep = 2.0, kTaylorEnd = 1e-18;

struct State {
  StateBuffer buffer;
  int n_qubits = 0;
  std::uint64_t live = 0;  // qubits that something has flipped; where another qubit is 1 the amplitudes are 0
  Complex phase{1, 0};     // what the amplitudes have to be multiplied by; no probability depends on it

  std::size_t bytes(const Isa& isa) const { return isa.blocks(n_qubits) * isa.block_bytes(); }
  void* amplitudes(const Isa& isa) { return buffer.get(bytes(isa)); }
};

// What a thread needs to run circuits one after the other; reused for the next ones.
struct Workspace {
  std::deque<State> states;  // the branches of a tree that are being walked, from the root on
  State derived;
  StateBuffer term, next;  // for Taylor series only
  Recipe recipe;

  State& state(std::size_t depth) {
    while (states.size() <= depth) states.emplace_back();
    return states[depth];
  }

  void release() {
    states.clear();
    derived.buffer.release();
    term.release();
    next.release();
    recipe = {};
  }

  // Give back what only a large circuit needed.
  void trim() {
    constexpr std::size_t kKept = std::size_t{8} << 20;
    std::size_t bytes = derived.buffer.bytes() + term.bytes() + next.bytes() + recipe.ops.capacity() * sizeof(Op);
    for (const State& state : states) bytes += state.buffer.bytes();
    if (bytes > kKept) release();
  }
};

// Threads that share one state; `threads` 1 for a thread of its own.
struct Team {
  const Isa& isa;
  Pool& pool;
  int threads;
};

// Make `state` |0...0>.
void reset(State& state, int n_qubits, const Team& team);

// Make `state` a copy of `from`.
void copy(State& state, State& from, const Isa& isa);

// Run work.recipe on `state`. The recipe's operations may change their order.
void evolve(State& state, Workspace& work, const Team& team);

// Make `to` what `evolve` makes of `from`, which stays as it is. On large states the copy costs no pass of its own.
void evolve_copy(State& from, State& to, Workspace& work, const Team& team);

}  // namespace paultrap
