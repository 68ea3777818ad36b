// Which work circuits share: common first gates, and shifts of one angle.
//
// Circuits become leaves in an order in which neighbours share as many first gates as they can (the depth-first order
// of their prefix tree). A gradient's circuits differ from each other in one angle each, so most of a circuit's gates
// still lie behind the place where it branches off. But a rotation by any angle is a combination of rotations by two
// others, R(c) = a R(one) + b R(two), and so are the states at the circuits' end: of the circuits that differ in one
// rotation only, one is run, one is the anchor, which all places of the gradient share, and the rest are derived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "statevector/survey.hpp"

namespace paultrap {

constexpr double kAnchorBytes = 64e6;  // the states of all anchors together, at most

struct Leaf {
  std::size_t circuit;
  std::int64_t shared = 0;   // gates in common with the leaf before
  std::int32_t anchor = -1;  // of a family: the anchor's index
  bool derived = false;      // a * (state of the family's leaf that was run) + b * (state of the anchor)
  double a = 0, b = 0;
};

// A circuit whose final state serves others: the first `cut` gates of one circuit, then the rest of another.
struct Anchor {
  std::size_t head, tail;
  std::int64_t cut;
};

// Leaves [first, last), run one after the other by one thread. The first starts from |0...0>.
struct Task {
  std::size_t first, last;
  double cost;
};

// The states that one thread holds at a time are at most 2 + log2(leaves).
struct Tree {
  std::vector<Leaf> leaves;
  std::vector<Anchor> anchors;
  std::vector<Task> tasks;
};

// Plan for `circuits`, which differ from each other. Does not depend on the number of threads.
Tree grow_tree(const ProgramView& program, const Hashes& hashes, const std::vector<CircuitSurvey>& surveys,
               const std::vector<std::size_t>& circuits, int threads, Pool& pool);

}  // namespace paultrap
