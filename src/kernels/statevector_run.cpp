#include "statevector_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include "statevector_evolve.hpp"
#include "statevector_pool.hpp"
#include "statevector_recipe.hpp"

namespace paultrap {
namespace {

// A state's sum strays from 1 by rounding, or by what is below the noise floor in a state of very many small parts.
constexpr double kSumTolerance = 1e-9;
// What a worker keeps for the next call; more is given back.
constexpr std::size_t kKeptBytes = std::size_t{64} << 20;
constexpr std::uint64_t kCollectBlocks = 1 << 14;

// Where one circuit's answer waits to be put in its place.
struct Piece {
  int worker = 0;
  std::size_t first = 0, count = 0;
};

struct Entries {
  Array<std::uint64_t> states;
  Array<double> probabilities;
};

// One worker's memory: what it works on and what it has answered.
struct Worker {
  Workspace work;
  Entries entries;

  void trim() {
    entries.states.clear();
    entries.probabilities.clear();
    const std::size_t bytes = work.state.bytes() + work.term.bytes() + work.next.bytes() + work.passes.bytes() +
                              entries.states.capacity_bytes() + entries.probabilities.capacity_bytes();
    if (bytes <= kKeptBytes) return;
    work.release();
    entries.states.release();
    entries.probabilities.release();
  }
};

// Threads and their memory. Kept between calls: waking threads and faulting in fresh pages cost more than a small
// job's simulation.
struct Crew {
  Pool pool;
  std::vector<std::unique_ptr<Worker>> workers;
  std::mutex in_use;

  void grow(int threads) {
    while (static_cast<int>(workers.size()) < threads) workers.push_back(std::make_unique<Worker>());
  }
};

// The process's crew; never destroyed, because its threads may outlive static objects. A forked child has none of
// its parent's threads and makes its own.
Crew& shared_crew() {
  static std::mutex mutex;
  static Crew* crew = nullptr;
  static long owner = 0;
  const std::lock_guard lock(mutex);
#if defined(__unix__) || defined(__APPLE__)
  const long self = getpid();
#else
  const long self = 1;
#endif
  if (!crew || owner != self) {
    crew = new Crew;
    owner = self;
  }
  return *crew;
}

void scale(double* probabilities, std::size_t count, double sum) {
  if (std::abs(sum - 1) <= kSumTolerance || sum == 0) return;
  for (std::size_t k = 0; k < count; ++k) probabilities[k] /= sum;
}

// From numbers of the used qubits to states of the whole circuit.
void expand(std::uint64_t* states, std::size_t count, std::uint64_t used) {
  if ((used & (used + 1)) == 0) return;  // the lowest qubits: nothing moves
  for (std::size_t k = 0; k < count; ++k) {
    std::uint64_t from = states[k], to = 0;
    for (std::uint64_t mask = used; from; mask &= mask - 1, from >>= 1) {
      if (from & 1) to |= mask & (~mask + 1);
    }
    states[k] = to;
  }
}

class Simulation {
 public:
  Simulation(const ProgramView& program, const Plan& plan, int threads, const Isa& isa, Crew& crew)
      : program_(program), plan_(plan), threads_(threads), isa_(isa), crew_(crew), pieces_(program.n_circuits()) {
    crew_.grow(threads_);
  }

  Answer run() {
    std::vector<std::size_t> small;
    std::vector<std::size_t> large;
    for (std::size_t circuit = 0; circuit < program_.n_circuits(); ++circuit) {
      if (plan_.first_equal[circuit] == circuit) (plan_.circuits[circuit].is_large() ? large : small).push_back(circuit);
    }
    for (const std::size_t circuit : large) run_large(circuit);
    for (const auto& worker : crew_.workers) {
      if (!large.empty()) worker->work.release();
    }
    run_small(small);
    Answer answer = assemble();
    for (const auto& worker : crew_.workers) worker->trim();
    return answer;
  }

 private:
  // Most expensive first, so that no long circuit starts when the others are done.
  void run_small(std::vector<std::size_t>& circuits) {
    std::stable_sort(circuits.begin(), circuits.end(), [&](std::size_t one, std::size_t other) {
      return plan_.circuits[one].cost > plan_.circuits[other].cost;
    });
    const std::uint64_t grain = std::clamp<std::uint64_t>(circuits.size() / (64 * threads_), 1, 16);
    crew_.pool.share(threads_, circuits.size(), grain, [&](int worker, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) run_one(circuits[k], worker);
    });
  }

  void run_one(std::size_t circuit, int index) {
    const CircuitPlan& plan = plan_.circuits[circuit];
    Worker& worker = *crew_.workers[index];
    write_recipe(program_, circuit, plan.used, worker.work.recipe);
    const double* state = evolve(worker.work, isa_, crew_.pool, 1);
    const std::size_t room = std::size_t{1} << plan.n_qubits;
    std::uint64_t* states = worker.entries.states.tail(room);
    double* probabilities = worker.entries.probabilities.tail(room);
    const Collected found = isa_.collect(state, 0, isa_.blocks(plan.n_qubits), states, probabilities);
    finish(circuit, index, found, states, probabilities);
  }

  void run_large(std::size_t circuit) {
    const CircuitPlan& plan = plan_.circuits[circuit];
    Worker& worker = *crew_.workers[0];
    write_recipe(program_, circuit, plan.used, worker.work.recipe);
    const double* state = evolve(worker.work, isa_, crew_.pool, threads_);
    const std::uint64_t blocks = isa_.blocks(plan.n_qubits);
    std::vector<Collected> parts((blocks + kCollectBlocks - 1) / kCollectBlocks);
    const auto part_of = [](std::uint64_t first) { return first / kCollectBlocks; };
    crew_.pool.share(threads_, blocks, kCollectBlocks, [&](int, std::uint64_t first, std::uint64_t last) {
      parts[part_of(first)] = isa_.count(state, first, last);
    });
    Collected found{0, 0};
    std::vector<std::size_t> starts;
    for (const Collected& part : parts) {
      starts.push_back(found.count);
      found.count += part.count;
      found.sum += part.sum;
    }
    // The exact room: a state of 2^29 amplitudes leaves none to spare.
    std::uint64_t* states = worker.entries.states.tail(found.count);
    double* probabilities = worker.entries.probabilities.tail(found.count);
    crew_.pool.share(threads_, blocks, kCollectBlocks, [&](int, std::uint64_t first, std::uint64_t last) {
      const std::size_t start = starts[part_of(first)];
      isa_.collect(state, first, last, states + start, probabilities + start);
    });
    finish(circuit, 0, found, states, probabilities);
  }

  void finish(std::size_t circuit, int worker, Collected found, std::uint64_t* states, double* probabilities) {
    expand(states, found.count, plan_.circuits[circuit].used);
    scale(probabilities, found.count, found.sum);
    Entries& entries = crew_.workers[worker]->entries;
    pieces_[circuit] = {worker, entries.states.size(), found.count};
    entries.states.grow(found.count);
    entries.probabilities.grow(found.count);
  }

  Answer assemble() {
    Answer answer;
    answer.offsets.resize(program_.n_circuits() + 1);
    for (std::size_t circuit = 0; circuit < program_.n_circuits(); ++circuit) {
      answer.offsets[circuit + 1] = answer.offsets[circuit] + piece(circuit).count;
    }
    if (program_.n_circuits() == 1) {  // handed on without a copy
      Entries& entries = crew_.workers[piece(0).worker]->entries;
      answer.states = std::move(entries.states);
      answer.probabilities = std::move(entries.probabilities);
      return answer;
    }
    answer.states.resize(answer.offsets.back());
    answer.probabilities.resize(answer.offsets.back());
    crew_.pool.share(threads_, program_.n_circuits(), 64, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t circuit = first; circuit < last; ++circuit) copy(circuit, answer);
    });
    return answer;
  }

  const Piece& piece(std::size_t circuit) const { return pieces_[plan_.first_equal[circuit]]; }

  void copy(std::size_t circuit, Answer& answer) const {
    const Piece& from = piece(circuit);
    Entries& entries = crew_.workers[from.worker]->entries;
    std::copy_n(entries.states.data() + from.first, from.count, answer.states.data() + answer.offsets[circuit]);
    std::copy_n(entries.probabilities.data() + from.first, from.count,
                answer.probabilities.data() + answer.offsets[circuit]);
  }

  const ProgramView& program_;
  const Plan& plan_;
  const int threads_;
  const Isa& isa_;
  Crew& crew_;
  std::vector<Piece> pieces_;
};

}  // namespace

Answer simulate(const ProgramView& program, const Plan& plan, int threads, const Isa& isa) {
  Crew& shared = shared_crew();
  const std::unique_lock lock(shared.in_use, std::try_to_lock);
  if (lock.owns_lock()) return Simulation(program, plan, threads, isa, shared).run();
  Crew own;  // another thread simulates: do not wait for it
  return Simulation(program, plan, threads, isa, own).run();
}

}  // namespace paultrap
