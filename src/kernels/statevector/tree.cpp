// Sorts circuits by their first gates, and cuts the tree of what they share into tasks.
#include "statevector/tree.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "statevector/cost.hpp"

namespace paultrap {
namespace {

// Fewer common gates than this are not looked for: finding them and copying a state costs as much as running them.
constexpr std::int64_t kWorthSharing = 4;
// An anchor is a run of its own, so it has to spare several.
constexpr int kWorthAnchor = 4;
constexpr std::uint64_t kLeavesInRange = 64;
// Beyond these a derived state would lose digits: where its parts are larger than itself, where the two rotations are
// nearly the same (but for the sign), or where the angles' own rounding shows.
constexpr double kMaxFactor = 4, kLeastSpread = 0.1, kMostAngle = 32;
// Tasks are this part of all work, so that threads end at about the same time, unless what a task runs again (its first
// leaf's gates) would then be more than an eighth of it.
constexpr double kTaskShare = 1.0 / 64, kReplayShare = 8;

// A family's rotation R(theta) = exp(-i phi(theta) P): phi, or NaN where the gate is none.
double half_angle(const Gate& gate) {
  if (!gate.controls.empty()) return NAN;
  switch (facts_of(gate.opcode).rotation) {
    case Angle::kNone: return NAN;
    case Angle::kRadians: return gate.params[0] / 2;
    case Angle::kTurns: return gate.params[0] * std::numbers::pi;
  }
  return NAN;
}

bool same_but_angle(const Gate& one, const Gate& other) {
  return one.opcode == other.opcode && std::equal(one.targets.begin(), one.targets.end(), other.targets.begin(),
                                                  other.targets.end());
}

// The anchor that a leaf could be derived from.
struct Candidate {
  std::uint64_t hash = 0;  // of the anchor; 0 where there is none
  Anchor anchor{};
};

struct Branches {
  std::vector<Leaf> leaves;
  std::vector<Candidate> candidates;  // by leaf
};

// What the planner's parts look at.
struct Source {
  const ProgramView& program;
  const Hashes& hashes;
  const std::vector<CircuitSurvey>& surveys;

  std::int64_t n_gates(std::size_t circuit) const { return program.last_gate(circuit) - program.first_gate(circuit); }
  Gate gate(std::size_t circuit, std::int64_t number) const {
    return program.gate(program.first_gate(circuit) + number);
  }
};

// The depth-first order of one group of circuits.
class Grower {
 public:
  Grower(const Source& source, std::span<std::size_t> circuits) : source_(source), circuits_(circuits) {}

  Branches grow() {
    // A merging sort: where somebody has made hashes collide the order is not a strict one.
    std::stable_sort(circuits_.begin(), circuits_.end(), [&](std::size_t one, std::size_t other) {
      const std::int64_t count = common(one, other), gates_one = n_gates(one), gates_other = n_gates(other);
      if (count == gates_one || count == gates_other) {
        return gates_one != gates_other ? gates_one < gates_other : one < other;
      }
      return source_.hashes.gate(one, count) < source_.hashes.gate(other, count);
    });
    shared_.assign(circuits_.size(), 0);
    for (std::size_t k = 1; k < circuits_.size(); ++k) shared_[k] = certainly_common(circuits_[k - 1], circuits_[k]);
    add_range(0, circuits_.size(), 0);
    return std::move(found_);
  }

 private:
  std::int64_t n_gates(std::size_t circuit) const { return source_.n_gates(circuit); }
  Gate gate(std::size_t circuit, std::int64_t number) const { return source_.gate(circuit, number); }

  std::int64_t common(std::size_t one, std::size_t other) const {
    std::int64_t low = 0, high = std::min(n_gates(one), n_gates(other));
    while (low < high) {
      const std::int64_t middle = (low + high + 1) / 2;
      if (source_.hashes.prefix(one, middle) == source_.hashes.prefix(other, middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  // Common gates that are equal indeed, and not only by their hash; none where the used qubits differ.
  std::int64_t certainly_common(std::size_t one, std::size_t other) const {
    if (source_.surveys[one].used != source_.surveys[other].used) return 0;
    const std::int64_t count = common(one, other);
    return source_.program.same_gates(source_.program.first_gate(one), source_.program.first_gate(other), count) ? count : 0;
  }

  // Add the sorted circuits [first, last), the first of which shares `shared` gates with the leaf before: small
  // branches first and the largest last, so that few states are alive at a time.
  void add_range(std::size_t first, std::size_t last, std::int64_t shared) {
    while (last - first > 1) {
      const std::int64_t fork = *std::min_element(shared_.begin() + first + 1, shared_.begin() + last);
      std::vector<std::pair<std::size_t, std::size_t>> branches;
      for (std::size_t begin = first, end = first + 1; begin < last; begin = end++) {
        while (end < last && shared_[end] != fork) ++end;
        branches.emplace_back(begin, end);
      }
      std::stable_sort(branches.begin(), branches.end(), [](const auto& one, const auto& other) {
        return one.second - one.first < other.second - other.first;
      });
      const auto largest = branches.back();
      branches.pop_back();
      std::vector<std::size_t> single;
      for (const auto& [begin, end] : branches) {
        if (end - begin == 1) single.push_back(circuits_[begin]);
      }
      add_single(single, fork, circuits_[largest.first], shared);
      if (!single.empty()) shared = fork;
      for (const auto& [begin, end] : branches) {
        if (end - begin == 1) continue;
        add_range(begin, end, shared);
        shared = fork;
      }
      std::tie(first, last) = largest;
    }
    push({circuits_[first], shared}, {});
  }

  // Add circuits that each branch off alone at gate `fork`, where `base` goes on: families together.
  void add_single(const std::vector<std::size_t>& circuits, std::int64_t fork, std::size_t base, std::int64_t shared) {
    std::vector<std::pair<Candidate, std::size_t>> candidates;
    for (const std::size_t circuit : circuits) candidates.emplace_back(candidate_for(circuit, fork, base), circuit);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto& one, const auto& other) { return one.first.hash < other.first.hash; });
    for (std::size_t k = 0; k < candidates.size();) {
      const auto [own, source] = candidates[k++];
      push({source, shared}, own);
      shared = fork;
      const std::size_t leaf_of_source = found_.leaves.size() - 1;
      std::vector<std::size_t> others;
      for (; own.hash && k < candidates.size() && candidates[k].first.hash == own.hash; ++k) {
        Leaf leaf{candidates[k].second, fork};
        if (derive(leaf, source, fork, base)) {
          push(leaf, candidates[k].first);
        } else {
          others.push_back(leaf.circuit);
        }
      }
      if (found_.leaves.size() - 1 == leaf_of_source) found_.candidates.back() = {};  // nobody to derive
      for (const std::size_t circuit : others) push({circuit, fork}, {});
    }
  }

  void push(const Leaf& leaf, const Candidate& candidate) {
    found_.leaves.push_back(leaf);
    found_.candidates.push_back(candidate);
  }

  // The circuit that is `circuit` with the rotation that `base` has at `fork`.
  Candidate candidate_for(std::size_t circuit, std::int64_t fork, std::size_t base) const {
    if (fork >= n_gates(circuit) || fork >= n_gates(base)) return {};
    const Gate own = gate(circuit, fork);
    if (std::isnan(half_angle(own)) || !same_but_angle(own, gate(base, fork))) return {};
    const std::uint64_t hash = source_.hashes.with_gate(circuit, fork, source_.hashes.gate(base, fork));
    return {hash | 1, {base, circuit, fork + 1}};
  }

  // exp(-i c P) is the combination of exp(-i one P) and exp(-i two P) with the factors sin(c - two) / sin(one - two) and
  // sin(one - c) / sin(one - two).
  bool derive(Leaf& leaf, std::size_t source, std::int64_t fork, std::size_t base) const {
    const double one = half_angle(gate(source, fork)), two = half_angle(gate(base, fork));
    const double own = half_angle(gate(leaf.circuit, fork)), spread = std::sin(one - two);
    if (std::max({std::abs(one), std::abs(two), std::abs(own)}) > kMostAngle) return false;
    if (std::abs(spread) < kLeastSpread) return false;
    leaf.a = std::sin(own - two) / spread;
    leaf.b = std::sin(one - own) / spread;
    leaf.derived = std::abs(leaf.a) + std::abs(leaf.b) <= kMaxFactor;
    return leaf.derived;
  }

  const Source& source_;
  const std::span<std::size_t> circuits_;
  std::vector<std::int64_t> shared_;  // with the circuit before, in sorted order
  Branches found_;
};

class Planner {
 public:
  explicit Planner(const Source& source) : source_(source) {}

  Tree plan(const std::vector<std::size_t>& circuits, int threads, Pool& pool) {
    group(circuits);
    std::vector<Branches> branches(grouped_.size());
    pool.share(threads, grouped_.size(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) branches[k] = Grower(source_, grouped_[k]).grow();
    });
    tree_.leaves.reserve(circuits.size());
    for (const Branches& each : branches) {
      tree_.leaves.insert(tree_.leaves.end(), each.leaves.begin(), each.leaves.end());
      candidates_.insert(candidates_.end(), each.candidates.begin(), each.candidates.end());
    }
    for (const std::size_t circuit : alone_) tree_.leaves.push_back({circuit});
    choose_anchors(threads, pool);
    cut_tasks();
    return std::move(tree_);
  }

 private:
  // Circuits that may share a prefix, together.
  void group(const std::vector<std::size_t>& circuits) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
    keyed.reserve(circuits.size());
    for (const std::size_t circuit : circuits) {
      const std::uint64_t used = source_.surveys[circuit].used;
      const std::uint64_t start = source_.hashes.prefix(circuit, std::min(kWorthSharing, source_.n_gates(circuit)));
      keyed.emplace_back((start ^ used) * Hashes::kBase ^ used, circuit);
    }
    std::sort(keyed.begin(), keyed.end());
    members_.resize(keyed.size());
    for (std::size_t first = 0, last; first < keyed.size(); first = last) {
      for (last = first; last < keyed.size() && keyed[last].first == keyed[first].first; ++last) {
        members_[last] = keyed[last].second;
      }
      if (last - first == 1) {
        alone_.push_back(members_[first]);
      } else {
        grouped_.push_back(std::span(members_).subspan(first, last - first));
      }
    }
  }

  // The leaves of families whose anchor serves enough others keep it.
  void choose_anchors(int threads, Pool& pool) {
    std::unordered_map<std::uint64_t, int> families;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (candidates_[k].hash && !tree_.leaves[k].derived) ++families[candidates_[k].hash];
    }
    std::unordered_map<std::uint64_t, std::int32_t> chosen;
    double bytes = 0;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (candidates_[k].hash) tree_.leaves[k].anchor = anchor_of(candidates_[k], families, chosen, bytes);
    }
    pool.share(threads, candidates_.size(), kLeavesInRange, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) {
        Leaf& leaf = tree_.leaves[k];
        if (leaf.anchor >= 0 && !is_anchored(leaf, candidates_[k].anchor, tree_.anchors[leaf.anchor])) leaf.anchor = -1;
      }
    });
    // Who is not anchored runs alone, and so does who would be derived from it.
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      Leaf& leaf = tree_.leaves[k];
      if (leaf.derived && tree_.leaves[k - 1].anchor < 0) leaf.anchor = -1;
      if (leaf.anchor < 0) leaf.derived = false;
    }
  }

  std::int32_t anchor_of(const Candidate& candidate, const std::unordered_map<std::uint64_t, int>& families,
                         std::unordered_map<std::uint64_t, std::int32_t>& chosen, double& bytes) {
    if (families.at(candidate.hash) < kWorthAnchor) return -1;
    const auto [place, is_new] = chosen.try_emplace(candidate.hash, -1);
    const double more = 16 * std::exp2(std::max(source_.surveys[candidate.anchor.tail].n_qubits, 3));
    if (is_new && bytes + more <= kAnchorBytes) {
      bytes += more;
      place->second = static_cast<std::int32_t>(tree_.anchors.size());
      tree_.anchors.push_back(candidate.anchor);
    }
    return place->second;
  }

  // Whether the leaf's own anchor is the chosen one indeed, and not only by its hash.
  bool is_anchored(const Leaf& leaf, const Anchor& own, const Anchor& chosen) const {
    const std::int64_t count = source_.n_gates(leaf.circuit);
    if (count != source_.n_gates(chosen.tail) || source_.surveys[leaf.circuit].used != source_.surveys[chosen.tail].used) return false;
    const auto first = [&](const Anchor& anchor, std::int64_t number) {
      return source_.program.first_gate(number < anchor.cut ? anchor.head : anchor.tail) + number;
    };
    const Anchor here{own.head, leaf.circuit, own.cut};
    const std::int64_t low = std::min(own.cut, chosen.cut), high = std::max(own.cut, chosen.cut);
    return source_.program.same_gates(first(here, 0), first(chosen, 0), low) &&
           source_.program.same_gates(first(here, low), first(chosen, low), high - low) &&
           source_.program.same_gates(first(here, high), first(chosen, high), count - high);
  }

  double cost_of(const Leaf& leaf, std::int64_t from) const {
    const CircuitSurvey& survey = source_.surveys[leaf.circuit];
    const double amplitudes = std::exp2(survey.n_qubits), gates = static_cast<double>(source_.n_gates(leaf.circuit));
    const double answer = kAnswerWeight * amplitudes;
    if (leaf.derived) return answer + 2 * amplitudes;
    return answer + survey.work.updates() * (gates - static_cast<double>(from)) / std::max(gates, 1.0);
  }

  void cut_tasks() {
    double total = 0;
    for (const Leaf& leaf : tree_.leaves) total += cost_of(leaf, leaf.shared);
    for (std::size_t k = 0; k < tree_.leaves.size(); ++k) {
      Leaf& leaf = tree_.leaves[k];
      const double replayed = cost_of(leaf, 0) - cost_of(leaf, leaf.shared);
      const double enough = std::max(kTaskShare * total, kReplayShare * replayed);
      if (k == 0 || (!leaf.derived && tree_.tasks.back().cost >= enough)) {
        tree_.tasks.push_back({k, k, 0});
        leaf.shared = 0;
      }
      tree_.tasks.back().cost += cost_of(leaf, leaf.shared);
      tree_.tasks.back().last = k + 1;
    }
    std::stable_sort(tree_.tasks.begin(), tree_.tasks.end(),
                     [](const Task& one, const Task& other) { return one.cost > other.cost; });
  }

  const Source source_;
  std::vector<std::size_t> members_, alone_;
  std::vector<std::span<std::size_t>> grouped_;
  Tree tree_;
  std::vector<Candidate> candidates_;  // by leaf; the last leaves have none
};

}  // namespace

Tree grow_tree(const ProgramView& program, const Hashes& hashes, const std::vector<CircuitSurvey>& surveys,
               const std::vector<std::size_t>& circuits, int threads, Pool& pool) {
  return Planner({program, hashes, surveys}).plan(circuits, threads, pool);
}

}  // namespace paultrap
