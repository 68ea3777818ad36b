#include "statevector_tree.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <tuple>
#include <unordered_map>

namespace paultrap {
namespace {

// Fewer common gates than this are not looked for: finding them and copying a state costs as much as running them.
constexpr std::int64_t kWorthSharing = 4;
// An anchor is a run of its own, so it has to spare several.
constexpr int kWorthAnchor = 4;
// Beyond this a derived state would lose digits: its parts would be larger than itself.
constexpr double kMaxFactor = 4;
// Tasks are this part of all work, so that threads end at about the same time, unless what a task runs again (its first
// leaf's gates) would then be more than an eighth of it.
constexpr double kTaskShare = 1.0 / 64, kReplayShare = 8;
// What writing an amplitude's probability costs, in amplitude updates.
constexpr double kAnswerWeight = 4;

// A family's rotation R(theta) = exp(-i phi(theta) P): phi, or NaN where the gate is none.
double half_angle(const Gate& gate) {
  if (!gate.controls.empty()) return NAN;
  switch (gate.opcode) {
    case Opcode::RX:
    case Opcode::RY:
    case Opcode::RZ:
    case Opcode::XX:
    case Opcode::YY:
    case Opcode::ZZ: return gate.params[0] / 2;
    case Opcode::NATIVE_ZZ: return gate.params[0] * std::numbers::pi;
    default: return NAN;
  }
}

bool same_but_angle(const Gate& one, const Gate& other) {
  return one.opcode == other.opcode && std::equal(one.targets.begin(), one.targets.end(), other.targets.begin(),
                                                  other.targets.end());
}

class Grower {
 public:
  Grower(const ProgramView& program, const Hashes& hashes, const std::vector<CircuitSurvey>& surveys)
      : program_(program), hashes_(hashes), surveys_(surveys) {}

  Tree grow(const std::vector<std::size_t>& circuits) {
    tree_.leaves.reserve(circuits.size());
    for (auto& group : groups_of(circuits)) add_group(group);
    choose_anchors();
    cut_tasks();
    return std::move(tree_);
  }

 private:
  struct Candidate {
    std::uint64_t hash;  // of the anchor
    Anchor anchor;
  };

  std::int64_t n_gates(std::size_t circuit) const {
    return program_.last_gate(circuit) - program_.first_gate(circuit);
  }

  Gate gate(std::size_t circuit, std::int64_t number) const {
    return program_.gate(program_.first_gate(circuit) + number);
  }

  // Circuits that may share a prefix, together; the others alone.
  std::vector<std::vector<std::size_t>> groups_of(const std::vector<std::size_t>& circuits) const {
    std::vector<std::vector<std::size_t>> groups;
    std::unordered_map<std::uint64_t, std::size_t> group_of;
    group_of.reserve(circuits.size());
    for (const std::size_t circuit : circuits) {
      std::uint64_t key = hashes_.prefix(circuit, std::min(kWorthSharing, n_gates(circuit)));
      key = (key ^ surveys_[circuit].used) * Hashes::kBase ^ surveys_[circuit].used;
      const auto [place, is_new] = group_of.try_emplace(key, groups.size());
      if (is_new) groups.emplace_back();
      groups[place->second].push_back(circuit);
    }
    return groups;
  }

  std::int64_t common(std::size_t one, std::size_t other) const {
    std::int64_t low = 0, high = std::min(n_gates(one), n_gates(other));
    while (low < high) {
      const std::int64_t middle = (low + high + 1) / 2;
      if (hashes_.prefix(one, middle) == hashes_.prefix(other, middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  // Common gates that are equal indeed, and not only by their hash; none where the used qubits differ.
  std::int64_t certainly_common(std::size_t one, std::size_t other) const {
    if (surveys_[one].used != surveys_[other].used) return 0;
    const std::int64_t count = common(one, other);
    return same_gates(program_, program_.first_gate(one), program_.first_gate(other), count) ? count : 0;
  }

  void add_group(std::vector<std::size_t>& circuits) {
    if (circuits.size() == 1) return void(tree_.leaves.push_back({circuits[0]}));
    std::sort(circuits.begin(), circuits.end(), [&](std::size_t one, std::size_t other) {
      const std::int64_t count = common(one, other), gates_one = n_gates(one), gates_other = n_gates(other);
      if (count == gates_one || count == gates_other) {
        return gates_one != gates_other ? gates_one < gates_other : one < other;
      }
      return hashes_.gate(one, count) < hashes_.gate(other, count);
    });
    std::vector<std::int64_t> shared(circuits.size(), 0);
    for (std::size_t k = 1; k < circuits.size(); ++k) shared[k] = certainly_common(circuits[k - 1], circuits[k]);
    circuits_ = &circuits;
    shared_ = &shared;
    add_range(0, circuits.size(), 0);
  }

  // Add the sorted circuits [first, last), the first of which shares `shared` gates with the leaf before: small
  // branches first and the largest last, so that few states are alive at a time.
  void add_range(std::size_t first, std::size_t last, std::int64_t shared) {
    while (last - first > 1) {
      const std::int64_t fork = *std::min_element(shared_->begin() + first + 1, shared_->begin() + last);
      std::vector<std::pair<std::size_t, std::size_t>> branches;
      for (std::size_t begin = first, end = first + 1; begin < last; begin = end++) {
        while (end < last && (*shared_)[end] != fork) ++end;
        branches.emplace_back(begin, end);
      }
      std::stable_sort(branches.begin(), branches.end(), [](const auto& one, const auto& other) {
        return one.second - one.first < other.second - other.first;
      });
      const auto largest = branches.back();
      branches.pop_back();
      std::vector<std::size_t> single;
      for (const auto& [begin, end] : branches) {
        if (end - begin == 1) single.push_back((*circuits_)[begin]);
      }
      add_single(single, fork, (*circuits_)[largest.first], shared);
      if (!single.empty()) shared = fork;
      for (const auto& [begin, end] : branches) {
        if (end - begin == 1) continue;
        add_range(begin, end, shared);
        shared = fork;
      }
      std::tie(first, last) = largest;
    }
    push({(*circuits_)[first], shared}, {});
  }

  // Add circuits that each branch off alone at gate `fork`, where `base` goes on: families together.
  void add_single(const std::vector<std::size_t>& circuits, std::int64_t fork, std::size_t base, std::int64_t shared) {
    std::vector<bool> added(circuits.size(), false);
    for (std::size_t k = 0; k < circuits.size(); ++k) {
      if (added[k]) continue;
      const Candidate candidate = candidate_for(circuits[k], fork, base);
      push({circuits[k], shared}, candidate);
      shared = fork;
      if (!candidate.hash) continue;
      const std::size_t source = tree_.leaves.size() - 1;
      for (std::size_t j = k + 1; j < circuits.size(); ++j) {
        if (added[j] || candidate_for(circuits[j], fork, base).hash != candidate.hash) continue;
        Leaf leaf{circuits[j], fork};
        if (!derive(leaf, circuits[k], fork, base)) continue;
        push(leaf, candidate);
        added[j] = true;
      }
      if (tree_.leaves.size() - 1 == source) candidates_.back() = {};  // nobody to derive
    }
  }

  void push(const Leaf& leaf, const Candidate& candidate) {
    tree_.leaves.push_back(leaf);
    candidates_.resize(tree_.leaves.size());
    candidates_.back() = candidate;
  }

  // The circuit that is `circuit` with the rotation that `base` has at `fork`.
  Candidate candidate_for(std::size_t circuit, std::int64_t fork, std::size_t base) const {
    if (fork >= n_gates(circuit) || fork >= n_gates(base)) return {};
    const Gate own = gate(circuit, fork);
    if (std::isnan(half_angle(own)) || !same_but_angle(own, gate(base, fork))) return {};
    const std::uint64_t hash = hashes_.with_gate(circuit, fork, hashes_.gate(base, fork));
    return {hash | 1, {base, circuit, fork + 1}};
  }

  // exp(-i c P) is the combination of exp(-i one P) and exp(-i two P) with the factors
  // sin(c - two) / sin(one - two) and sin(one - c) / sin(one - two).
  bool derive(Leaf& leaf, std::size_t source, std::int64_t fork, std::size_t base) const {
    const double one = half_angle(gate(source, fork)), two = half_angle(gate(base, fork));
    const double own = half_angle(gate(leaf.circuit, fork)), spread = std::sin(one - two);
    leaf.a = std::sin(own - two) / spread;
    leaf.b = std::sin(one - own) / spread;
    leaf.derived = std::abs(leaf.a) + std::abs(leaf.b) <= kMaxFactor;
    return leaf.derived;
  }

  void choose_anchors() {
    candidates_.resize(tree_.leaves.size());
    std::unordered_map<std::uint64_t, int> families;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (candidates_[k].hash && !tree_.leaves[k].derived) ++families[candidates_[k].hash];
    }
    std::unordered_map<std::uint64_t, std::int32_t> chosen;
    double bytes = 0;
    std::int32_t anchor = -1;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      Leaf& leaf = tree_.leaves[k];
      if (!candidates_[k].hash) continue;
      if (!leaf.derived) anchor = anchor_of(candidates_[k], families, chosen, bytes);
      leaf.anchor = anchor;
      if (anchor < 0 || !is_anchored(leaf, candidates_[k].anchor, tree_.anchors[anchor])) {
        leaf.derived = false;
        leaf.anchor = -1;
        if (k + 1 < candidates_.size() && tree_.leaves[k + 1].derived) anchor = -1;
      }
    }
  }

  std::int32_t anchor_of(const Candidate& candidate, const std::unordered_map<std::uint64_t, int>& families,
                         std::unordered_map<std::uint64_t, std::int32_t>& chosen, double& bytes) {
    if (families.at(candidate.hash) < kWorthAnchor) return -1;
    const auto [place, is_new] = chosen.try_emplace(candidate.hash, -1);
    const double more = 16 * std::exp2(std::max(surveys_[candidate.anchor.tail].n_qubits, 3));
    if (is_new && bytes + more <= kAnchorBytes) {
      bytes += more;
      place->second = static_cast<std::int32_t>(tree_.anchors.size());
      tree_.anchors.push_back(candidate.anchor);
    }
    return place->second;
  }

  // Whether the leaf's own anchor is the chosen one indeed, and not only by its hash.
  bool is_anchored(const Leaf& leaf, const Anchor& own, const Anchor& chosen) const {
    const std::int64_t count = n_gates(leaf.circuit);
    if (count != n_gates(chosen.tail) || surveys_[leaf.circuit].used != surveys_[chosen.tail].used) return false;
    const auto first = [&](const Anchor& anchor, std::int64_t number) {
      return program_.first_gate(number < anchor.cut ? anchor.head : anchor.tail) + number;
    };
    const Anchor here{own.head, leaf.circuit, own.cut};
    const std::int64_t low = std::min(own.cut, chosen.cut), high = std::max(own.cut, chosen.cut);
    return same_gates(program_, first(here, 0), first(chosen, 0), low) &&
           same_gates(program_, first(here, low), first(chosen, low), high - low) &&
           same_gates(program_, first(here, high), first(chosen, high), count - high);
  }

  double cost_of(const Leaf& leaf, std::int64_t from) const {
    const CircuitSurvey& survey = surveys_[leaf.circuit];
    const double amplitudes = std::exp2(survey.n_qubits), gates = static_cast<double>(n_gates(leaf.circuit));
    const double answer = kAnswerWeight * amplitudes;
    if (leaf.derived) return answer + 2 * amplitudes;
    return answer + survey.updates * (gates - static_cast<double>(from)) / std::max(gates, 1.0);
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

  const ProgramView& program_;
  const Hashes& hashes_;
  const std::vector<CircuitSurvey>& surveys_;
  Tree tree_;
  std::vector<Candidate> candidates_;  // by leaf; hash 0 where there is none
  const std::vector<std::size_t>* circuits_ = nullptr;
  const std::vector<std::int64_t>* shared_ = nullptr;
};

}  // namespace

Tree grow_tree(const ProgramView& program, const Hashes& hashes, const std::vector<CircuitSurvey>& surveys,
               const std::vector<std::size_t>& circuits) {
  return Grower(program, hashes, surveys).grow(circuits);
}

}  // namespace paultrap
