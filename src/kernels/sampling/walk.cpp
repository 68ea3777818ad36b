// Evolves one circuit's patterns of errors from states that they share.
#include "sampling/walk.hpp"

#include <utility>

#include "statevector/recipe.hpp"

namespace paultrap {
namespace {

// A task is worth this many runs of the whole circuit, since it begins with a run of its own up to its last error.
constexpr double kRunsPerTask = 6;

class PatternWalk {
 public:
  PatternWalk(const NoisyCircuit& noisy, Workspace& work, const Team& team, const Stream& random,
              MeasureScratch& scratch, std::uint64_t* outcomes)
      : noisy_(noisy), work_(work), team_(team), random_(random), scratch_(scratch), outcomes_(outcomes),
        first_gate_(noisy.program.first_gate(noisy.circuit)),
        n_gates_(noisy.program.last_gate(noisy.circuit) - first_gate_) {}

  void run(std::size_t first, std::size_t last) {
    reset(work_.state(0), noisy_.survey.n_qubits, team_);
    branch({first, last, 0, 0, 0}, {});
  }

 private:
  using Path = std::vector<Stretch>;

  // Patterns [first, last), which share their first `faults` errors and `done` gates; the state at `depth` is theirs.
  struct Branch {
    std::size_t first, last, faults, depth;
    std::int64_t done;
    bool is_fork = false;  // the state is still that of the depth before
  };

  // `path`: what is still to be applied to the branch's state.
  void branch(Branch at, Path path) {
    while (at.last - at.first > 1) {
      const Event event = event_at(at.first, at.faults);
      follow(at, event, path);
      const std::size_t end = end_of(at, event);
      if (end == at.last) {
        add_error(event, path);
        ++at.faults;
        continue;
      }
      advance(at, path, false);
      path.clear();
      fork({at.first, end, at.faults + 1, at.depth, at.done}, event);
      at.first = end;
    }
    finish(at, path);
  }

  // Run the patterns that have `event` next, each from the branch's state.
  void fork(Branch at, Event event) {
    const bool too_deep = at.depth + 2 >= kMostStates;
    const std::size_t end = at.last;
    for (; at.first < end; at.first = at.last) {
      at.last = too_deep ? at.first + 1 : end;
      Path path;
      add_error(event, path);
      branch({at.first, at.last, at.faults, at.depth + 1, at.done, true}, std::move(path));
    }
  }

  // Run the rest of one pattern and measure.
  void finish(Branch at, Path& path) {
    for (Event event; (event = event_at(at.first, at.faults)) != kEnd; ++at.faults) {
      follow(at, event, path);
      add_error(event, path);
    }
    add_gates(at.done, n_gates_, path);
    advance(at, path, true);
    scratch_.draws.clear();
    for (const std::uint32_t shot : noisy_.patterns.shots_of(at.first)) {
      const auto bits = random_(shot);
      scratch_.draws.push_back({uniform(bits[0], bits[1]), shot});
    }
    const Cut cut = cut_of(noisy_.floor, team_.isa, noisy_.survey.n_qubits);
    measure(work_.state(at.depth), cut, noisy_.survey.used, team_, scratch_, outcomes_);
    for (const std::uint32_t shot : noisy_.patterns.shots_of(at.first)) outcomes_[shot] ^= noisy_.patterns.flips[shot];
  }

  // Go on to the gate that the event precedes.
  void follow(Branch& at, Event event, Path& path) {
    add_gates(at.done, gate_of(event), path);
    at.done = gate_of(event);
  }

  void add_gates(std::int64_t from, std::int64_t until, Path& path) const {
    if (from < until) path.push_back({first_gate_ + from, first_gate_ + until});
  }

  void add_error(Event event, Path& path) const {
    constexpr std::int64_t kPlaces[] = {0, 0, 2, 1};  // of X, Z and Y among a qubit's Paulis
    const std::int64_t gate = noisy_.first_pauli + 3 * qubit_of(event) + kPlaces[parts_of_event(event)];
    path.push_back({gate, gate + 1});
  }

  void advance(Branch& at, const Path& path, bool measured) {
    if (path.empty()) return;
    look_up();
    write_recipe(noisy_.program, path, noisy_.survey.used, measured, work_.recipe);
    State& state = work_.state(at.depth);
    if (at.is_fork) {
      evolve_copy(work_.state(at.depth - 1), state, work_, team_);
    } else {
      evolve(state, work_, team_);
    }
    at.is_fork = false;
  }

  Event event_at(std::size_t pattern, std::size_t number) const {
    return noisy_.patterns.events_of(pattern)[number];
  }

  std::size_t end_of(const Branch& at, Event event) const {
    std::size_t end = at.first + 1;
    while (end < at.last && event_at(end, at.faults) == event) ++end;
    return end;
  }

  const NoisyCircuit& noisy_;
  Workspace& work_;
  const Team& team_;
  const Stream& random_;
  MeasureScratch& scratch_;
  std::uint64_t* const outcomes_;
  const std::int64_t first_gate_, n_gates_;
};

}  // namespace

void cut_tasks(const NoisyCircuit& noisy, bool whole, std::vector<PatternTask>& tasks) {
  const Patterns& patterns = noisy.patterns;
  const std::int64_t n_gates =
      noisy.program.last_gate(noisy.circuit) - noisy.program.first_gate(noisy.circuit);
  std::size_t first = 0;
  double runs = 0;
  for (std::size_t k = 0; k < patterns.size(); ++k) {
    const Event event = *patterns.events_of(k);
    const double done = event == kEnd ? 0 : static_cast<double>(gate_of(event));
    runs += 1 - done / static_cast<double>(n_gates + 1);
    if (runs < kRunsPerTask || whole) continue;
    tasks.push_back({noisy.circuit, first, k + 1});
    first = k + 1;
    runs = 0;
  }
  if (first < patterns.size()) tasks.push_back({noisy.circuit, first, patterns.size()});
}

void run_patterns(const NoisyCircuit& noisy, std::size_t first, std::size_t last, Workspace& work, const Team& team,
                  const Stream& random, MeasureScratch& scratch, std::uint64_t* outcomes) {
  PatternWalk(noisy, work, team, random, scratch, outcomes).run(first, last);
}

}  // namespace paultrap
