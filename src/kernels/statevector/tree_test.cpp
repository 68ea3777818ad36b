// Tests of what circuits share: every circuit is run once, shares no more than it has in common, and is derived rightly.
#include "statevector/tree.hpp"

#include <cmath>
#include <random>

#include "testing/testing.hpp"

using namespace paultrap;
using testing::Arrays;

namespace {

struct Grown {
  Arrays arrays;
  Tree tree;
};

// Circuits that differ in one angle or in their last gates, so that many share much.
Grown grown(unsigned seed, int threads) {
  Grown found;
  std::mt19937 random(seed);
  const auto below = [&](unsigned most) { return random() % most; };
  constexpr Opcode kTurns[] = {Opcode::RX, Opcode::RY, Opcode::RZ, Opcode::ZPOW};
  const unsigned width = 2 + below(3), n_gates = 6 + below(6), n_circuits = 2 + below(40);
  std::vector<Opcode> opcodes;
  std::vector<std::uint16_t> on;
  for (unsigned k = 0; k < n_gates; ++k) {
    opcodes.push_back(kTurns[below(4)]);
    on.push_back(static_cast<std::uint16_t>(k < width ? k : below(width)));
  }
  for (unsigned circuit = 0; circuit < n_circuits; ++circuit) {
    const unsigned changed = below(n_gates);
    for (unsigned k = 0; k < n_gates; ++k) {
      found.arrays.gate(opcodes[k], {on[k]}, {k == changed ? 0.1 * circuit : 0.3 * k});
    }
    found.arrays.gate(Opcode::RX, {0}, {100.0 + circuit});  // all circuits differ
    found.arrays.end_circuit(static_cast<std::uint16_t>(width));
  }
  const ProgramView program = found.arrays.view();
  Pool pool;
  Hashes hashes(program);
  const std::vector<CircuitSurvey> surveys = survey(program, hashes, threads, pool);
  std::vector<std::size_t> circuits;
  for (std::size_t k = 0; k < n_circuits; ++k) circuits.push_back(k);
  found.tree = grow_tree(program, hashes, surveys, circuits, threads, pool);
  return found;
}

}  // namespace

TEST(every_circuit_is_a_leaf_once_and_every_leaf_in_one_task) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Grown found = grown(seed, 1 + seed % 3);
    std::vector<int> times(found.arrays.view().n_circuits(), 0), tasks(found.tree.leaves.size(), 0);
    for (const Leaf& leaf : found.tree.leaves) ++times[leaf.circuit];
    for (const int count : times) CHECK(count == 1);
    for (const Task& task : found.tree.tasks) {
      CHECK(task.first < task.last && task.last <= tasks.size());
      CHECK(found.tree.leaves[task.first].shared == 0 && !found.tree.leaves[task.first].derived);
      for (std::size_t leaf = task.first; leaf < task.last; ++leaf) ++tasks[leaf];
    }
    for (const int count : tasks) CHECK(count == 1);
  }
}

TEST(a_leaf_shares_no_more_than_it_has_in_common) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Grown found = grown(seed, 1);
    const ProgramView program = found.arrays.view();
    for (std::size_t k = 1; k < found.tree.leaves.size(); ++k) {
      const Leaf &before = found.tree.leaves[k - 1], &leaf = found.tree.leaves[k];
      CHECK(program.same_gates(program.first_gate(before.circuit), program.first_gate(leaf.circuit), leaf.shared));
    }
  }
}

// As for a gradient by shifts: of two circuits that differ from the first in one angle, one follows from the other.
TEST(a_derived_leaf_is_a_combination_of_two_rotations) {
  constexpr int kStart = 5, kShifted = 8;
  int derived = 0;
  for (int round = 0; round < 50; ++round) {
    Arrays arrays;
    const auto add = [&](int shifted, double shift) {
      for (const std::uint16_t qubit : {0, 1, 0, 1, 0}) arrays.gate(Opcode::H, {qubit});
      for (int k = 0; k < kShifted; ++k) {
        arrays.gate(k % 2 ? Opcode::RX : Opcode::RZ, {static_cast<std::uint16_t>(k / 2 % 2)},
                    {0.2 * k + 0.01 * round + (k == shifted ? shift : 0)});
      }
      arrays.end_circuit(2);
    };
    add(-1, 0);
    for (int k = 0; k < kShifted; ++k) for (const double shift : {0.9, -1.1}) add(k, shift);
    const ProgramView program = arrays.view();
    Pool pool;
    Hashes hashes(program);
    const std::vector<CircuitSurvey> surveys = survey(program, hashes, 1, pool);
    std::vector<std::size_t> circuits;
    for (std::size_t k = 0; k < program.n_circuits(); ++k) circuits.push_back(k);
    const Tree tree = grow_tree(program, hashes, surveys, circuits, 1, pool);
    for (std::size_t k = 1; k < tree.leaves.size(); ++k) {
      const Leaf &leaf = tree.leaves[k], &source = tree.leaves[k - 1];
      if (!leaf.derived) continue;
      ++derived;
      CHECK(leaf.anchor >= 0 && leaf.anchor == source.anchor);
      const std::size_t shifted = (leaf.circuit - 1) / 2;
      CHECK((source.circuit - 1) / 2 == shifted);
      const auto half = [&](std::size_t circuit) {
        return program.gate(program.first_gate(circuit) + kStart + static_cast<std::int64_t>(shifted)).params[0] / 2;
      };
      const double own = half(leaf.circuit), one = half(source.circuit), two = half(0);
      CHECK(std::abs(leaf.a * std::cos(one) + leaf.b * std::cos(two) - std::cos(own)) < 1e-12);
      CHECK(std::abs(leaf.a * std::sin(one) + leaf.b * std::sin(two) - std::sin(own)) < 1e-12);
    }
  }
  CHECK(derived > 100);
}

TEST(threads_change_nothing_of_a_tree) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const Grown one = grown(seed, 1), other = grown(seed, 4);
    CHECK(one.tree.leaves.size() == other.tree.leaves.size() && one.tree.tasks.size() == other.tree.tasks.size());
    for (std::size_t k = 0; k < one.tree.leaves.size(); ++k) {
      CHECK(one.tree.leaves[k].circuit == other.tree.leaves[k].circuit);
      CHECK(one.tree.leaves[k].shared == other.tree.leaves[k].shared);
    }
  }
}
