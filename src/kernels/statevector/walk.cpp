// Walks a task of the tree: evolves, copies where circuits fork, and writes the answers.
#include "statevector/walk.hpp"

#include <algorithm>
#include <deque>

#include "statevector/matrix.hpp"
#include "statevector/recipe.hpp"

namespace paultrap {
namespace {

using Finish = std::function<void(std::size_t, State&)>;

// One thread's walk through a task.
class Walk {
 public:
  Walk(const ProgramView& program, const Plan& plan, std::deque<State>& anchors, Workspace& work, const Team& team,
       const Finish& finish)
      : program_(program), plan_(plan), anchors_(anchors), work_(work), team_(team), finish_(finish) {}

  void run(const Task& task) {
    for (std::size_t first = task.first, last; first < task.last; first = last) {
      last = end_of_branch(first, task.last, 0);
      State& state = work_.state(0);
      reset(state, plan_.of(leaf(first).circuit).n_qubits, team_);
      branch(first, last, 0, 0);
    }
  }

  void run(const Anchor& anchor, State& state) {
    const std::int64_t head = program_.first_gate(anchor.head), tail = program_.first_gate(anchor.tail);
    const Stretch stretches[] = {{head, head + anchor.cut}, {tail + anchor.cut, program_.last_gate(anchor.tail)}};
    reset(state, plan_.of(anchor.tail).n_qubits, team_);
    advance(state, anchor.tail, stretches, false);
  }

 private:
  const Leaf& leaf(std::size_t index) const { return plan_.tree.leaves[index]; }

  // The end of the leaves from `first` on that share more than `fork` gates with it; families stay together.
  std::size_t end_of_branch(std::size_t first, std::size_t last, std::int64_t fork) const {
    std::size_t end = first + 1;
    while (end < last && (leaf(end).derived || leaf(end).shared > fork)) ++end;
    return end;
  }

  // Run leaves [first, last), whose first `done` gates have made the state at `depth`. The largest branch comes last
  // and goes on in that state; the others get copies.
  void branch(std::size_t first, std::size_t last, std::int64_t done, std::size_t depth) {
    State& state = work_.state(depth);
    while (end_of_family(first, last) < last) {
      const std::int64_t fork = lowest_fork(first, last);
      advance(state, leaf(first).circuit, done, fork);
      done = fork;
      for (std::size_t end; (end = end_of_branch(first, last, fork)) < last; first = end) {
        copy(work_.state(depth + 1), state, team_.isa);
        branch(first, end, done, depth + 1);
      }
    }
    family(first, last, done, state);
  }

  std::size_t end_of_family(std::size_t first, std::size_t last) const {
    std::size_t end = first + 1;
    while (end < last && leaf(end).derived) ++end;
    return end;
  }

  std::int64_t lowest_fork(std::size_t first, std::size_t last) const {
    std::int64_t fork = program_.last_gate(leaf(first).circuit) - program_.first_gate(leaf(first).circuit);
    for (std::size_t k = first + 1; k < last; ++k) {
      if (!leaf(k).derived) fork = std::min(fork, leaf(k).shared);
    }
    return fork;
  }

  // Run one leaf, and derive the rest of its family.
  void family(std::size_t first, std::size_t last, std::int64_t done, State& state) {
    const std::size_t circuit = leaf(first).circuit;
    const std::int64_t from = program_.first_gate(circuit);
    const Stretch rest{from + done, program_.last_gate(circuit)};
    advance(state, circuit, {&rest, 1}, leaf(first).anchor < 0);
    finish_(circuit, state);
    for (std::size_t k = first + 1; k < last; ++k) derive(leaf(k), state);
  }

  void derive(const Leaf& derived, State& state) {
    State& anchor = anchors_[derived.anchor];
    State& own = work_.derived;
    copy(own, state, team_.isa);
    const Amplitude a = Amplitude(derived.a) * Amplitude(state.phase);
    const Amplitude b = Amplitude(derived.b) * Amplitude(anchor.phase);
    team_.isa.superpose(own.amplitudes(team_.isa), anchor.amplitudes(team_.isa), a, b, 0,
                        team_.isa.blocks(own.n_qubits));
    finish_(derived.circuit, own);
  }

  void advance(State& state, std::size_t circuit, std::int64_t done, std::int64_t until) {
    if (done == until) return;
    const std::int64_t first = program_.first_gate(circuit);
    const Stretch stretch{first + done, first + until};
    advance(state, circuit, {&stretch, 1}, false);
  }

  void advance(State& state, std::size_t circuit, std::span<const Stretch> stretches, bool measured) {
    look_up();
    write_recipe(program_, stretches, plan_.of(circuit).used, measured, work_.recipe);
    evolve(state, work_, team_);
  }

  const ProgramView& program_;
  const Plan& plan_;
  std::deque<State>& anchors_;
  Workspace& work_;
  const Team& team_;
  const Finish& finish_;
};

}  // namespace

void walk(const ProgramView& program, const Plan& plan, int threads, const Isa& isa, CrewLease& crew,
          const Finish& finish) {
  const Tree& tree = plan.tree;
  std::deque<State> anchors(tree.anchors.size());
  const Team alone{isa, crew.pool(), 1};
  const auto walk_of = [&](int worker) {
    return Walk(program, plan, anchors, crew.workspace(worker), alone, finish);
  };
  crew.pool().share(threads, tree.anchors.size(), 1, [&](int worker, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t k = first; k < last; ++k) walk_of(worker).run(tree.anchors[k], anchors[k]);
  });
  crew.pool().share(threads, tree.tasks.size(), 1, [&](int worker, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t k = first; k < last; ++k) walk_of(worker).run(tree.tasks[k]);
  });
}

}  // namespace paultrap
