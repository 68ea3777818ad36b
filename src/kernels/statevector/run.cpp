// Runs a whole program: small circuits by the tree, large ones one after the other on all threads.
#include "statevector/run.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "statevector/bits.hpp"
#include "statevector/evolve.hpp"
#include "statevector/recipe.hpp"
#include "statevector/walk.hpp"

namespace paultrap {
namespace {

// A state's sum strays from 1 by rounding.
constexpr double kSumTolerance = 1e-9;
// From this many entries per circuit on, answers are worth huge pages: writing them all is then cheap beside
// simulating them.
constexpr std::size_t kHugeSlot = 1 << 12;

void scale(double* probabilities, std::size_t count, double sum) {
  if (std::abs(sum - 1) <= kSumTolerance || sum == 0) return;
  for (std::size_t k = 0; k < count; ++k) probabilities[k] /= sum;
}

// From numbers of the used qubits to states of the whole circuit.
void expand(std::uint64_t* states, std::size_t count, std::uint64_t used) {
  if ((used & (used + 1)) == 0) return;  // the lowest qubits: nothing moves
  for (std::size_t k = 0; k < count; ++k) states[k] = deposit(states[k], used);
}

State& evolve_large(const ProgramView& program, const Plan& plan, std::size_t circuit, const Team& team,
                    Workspace& work) {
  const Stretch whole{program.first_gate(circuit), program.last_gate(circuit)};
  write_recipe(program, {&whole, 1}, plan.of(circuit).used, true, work.recipe);
  reset(work.state(0), plan.of(circuit).n_qubits, team);
  evolve(work.state(0), work, team);
  return work.state(0);
}

// The answer of a single large circuit takes the place of its state.
Answer simulate_alone(const ProgramView& program, const Plan& plan, Floor floor, const Team& team, CrewLease& crew) {
  Workspace& work = crew.workspace(0);
  const Cut cut = cut_of(floor, team.isa, plan.of(0).n_qubits);
  Entries entries = fold(evolve_large(program, plan, 0, team, work), cut, team);
  crew.release_memory();
  team.pool.share(team.threads, entries.count, kSummed, [&](int, std::uint64_t first, std::uint64_t last) {
    expand(entries.states + first, last - first, plan.of(0).used);
    scale(entries.probabilities + first, last - first, entries.sum);
  });
  Array<std::int64_t> offsets(2);
  offsets.data()[0] = 0;
  offsets.data()[1] = static_cast<std::int64_t>(entries.count);
  return {std::move(offsets), std::move(entries)};
}

// Every circuit has a slot in the answer, as long as its answer can become; at the end the slots are pushed together.
// Memory that is never written costs nothing, so this is no more than the answer itself.
class Simulation {
 public:
  Simulation(const ProgramView& program, const Plan& plan, Floor floor, int threads, const Isa& isa, CrewLease& crew)
      : program_(program), plan_(plan), floor_(floor), threads_(threads), isa_(isa), crew_(crew),
        slots_(program.n_circuits() + 1, 0), counts_(program.n_circuits(), 0) {
    for (std::size_t circuit = 0; circuit < program.n_circuits(); ++circuit) {
      slots_[circuit + 1] = slots_[circuit] + static_cast<std::size_t>(plan.of(circuit).max_entries);
    }
    const Pages pages = slots_.back() / (counts_.size() + 1) >= kHugeSlot / 2 ? Pages::kHuge : Pages::kNormal;
    states_ = Array<std::uint64_t>(slots_.back(), pages);
    probabilities_ = Array<double>(slots_.back(), pages);
  }

  Answer run() {
    for (const std::size_t circuit : plan_.large) run_large(circuit);
    if (!plan_.large.empty()) crew_.release_memory();
    double cost = 0;
    for (const Task& task : plan_.tree.tasks) cost += task.cost;
    walk(program_, plan_, cost < kWorthThreads ? 1 : threads_, isa_, crew_,
         [&](std::size_t circuit, State& state) { collect(circuit, state); });
    return assemble();
  }

 private:
  Cut cut_of(std::size_t circuit) const { return paultrap::cut_of(floor_, isa_, plan_.of(circuit).n_qubits); }

  void collect(std::size_t circuit, State& state) {
    const std::size_t slot = slots_[circuit];
    finish(circuit, isa_.collect(state.amplitudes(isa_), 0, isa_.blocks(state.n_qubits), cut_of(circuit),
                                 states_.data() + slot, probabilities_.data() + slot));
  }

  void run_large(std::size_t circuit) {
    const CircuitPlan& plan = plan_.of(circuit);
    const Team team{isa_, crew_.pool(), threads_};
    State& final_state = evolve_large(program_, plan_, circuit, team, crew_.workspace(0));
    const void* state = final_state.amplitudes(isa_);
    const std::uint64_t blocks = isa_.blocks(plan.n_qubits);
    const std::uint64_t part = kSummed >> isa_.lane_bits;
    std::vector<Collected> parts((blocks + part - 1) / part);
    crew_.pool().share(threads_, blocks, part, [&](int, std::uint64_t first, std::uint64_t last) {
      parts[first / part] = isa_.count(state, first, last, cut_of(circuit));
    });
    Collected found{0, 0};
    std::vector<std::size_t> starts;
    for (const Collected& each : parts) {
      starts.push_back(slots_[circuit] + found.count);
      found.count += each.count;
      found.sum += each.sum;
    }
    crew_.pool().share(threads_, blocks, part, [&](int, std::uint64_t first, std::uint64_t last) {
      const std::size_t start = starts[first / part];
      isa_.collect(state, first, last, cut_of(circuit), states_.data() + start, probabilities_.data() + start);
    });
    finish(circuit, found);
  }

  void finish(std::size_t circuit, Collected found) {
    counts_[circuit] = found.count;
    expand(states_.data() + slots_[circuit], found.count, plan_.of(circuit).used);
    scale(probabilities_.data() + slots_[circuit], found.count, found.sum);
  }

  Answer assemble() {
    crew_.pool().share(threads_, program_.n_circuits(), 256, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t circuit = first; circuit < last; ++circuit) {
        if (!plan_.is_first(circuit)) copy(plan_.first_equal[circuit], circuit);
      }
    });
    Array<std::int64_t> offsets(program_.n_circuits() + 1);
    std::size_t end = 0;
    for (std::size_t circuit = 0; circuit < program_.n_circuits(); ++circuit) {
      offsets.data()[circuit] = static_cast<std::int64_t>(end);
      push_together(states_.data(), slots_[circuit], end, counts_[circuit]);
      push_together(probabilities_.data(), slots_[circuit], end, counts_[circuit]);
      end += counts_[circuit];
    }
    offsets.data()[program_.n_circuits()] = static_cast<std::int64_t>(end);
    states_.shrink(end);
    probabilities_.shrink(end);
    Entries entries{states_.data(), probabilities_.data(), end, 0, nullptr};
    entries.memory = share(states_, probabilities_);
    return {std::move(offsets), std::move(entries)};
  }

  void copy(std::size_t from, std::size_t to) {
    counts_[to] = counts_[from];
    std::copy_n(states_.data() + slots_[from], counts_[from], states_.data() + slots_[to]);
    std::copy_n(probabilities_.data() + slots_[from], counts_[from], probabilities_.data() + slots_[to]);
  }

  template <class T>
  static void push_together(T* values, std::size_t from, std::size_t to, std::size_t count) {
    if (from != to) std::memmove(values + to, values + from, count * sizeof(T));
  }

  const ProgramView& program_;
  const Plan& plan_;
  const Floor floor_;
  const int threads_;
  const Isa& isa_;
  CrewLease& crew_;
  std::vector<std::size_t> slots_, counts_;
  Array<std::uint64_t> states_;
  Array<double> probabilities_;
};

}  // namespace

Answer simulate(const ProgramView& program, const Plan& plan, Floor floor, int threads, const Isa& isa, CrewLease& crew) {
  if (plan.alone) return simulate_alone(program, plan, floor, {isa, crew.pool(), threads}, crew);
  return Simulation(program, plan, floor, threads, isa, crew).run();
}

}  // namespace paultrap
