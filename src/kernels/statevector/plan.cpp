// Estimates time and memory, and decides which circuits are large.
#include "statevector/plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "statevector/fold.hpp"
#include "statevector/recipe.hpp"
#include "statevector/work.hpp"

namespace paultrap {
namespace {

constexpr double kBytesPerEntry = 16;
constexpr double kBytesPerCircuit = sizeof(CircuitPlan) + sizeof(CircuitSurvey) + sizeof(Leaf) + 64;
constexpr double kBytesPerGate = 8;
// While operations are put into order there are some copies of them; and a thread's own part of a large state.
constexpr double kOperationCopies = 5, kBytesPerPart = 512 << 10;

// More than any machine holds where the exponent is 63.
double power_of_two(int exponent) { return static_cast<double>(std::uint64_t{1} << std::min(exponent, 63)); }

CircuitPlan plan_circuit(const ProgramView& program, std::size_t circuit, const CircuitSurvey& survey) {
  CircuitPlan plan;
  plan.used = survey.used;
  plan.n_qubits = survey.n_qubits;
  plan.work = survey.work;
  const double amplitudes = power_of_two(plan.n_qubits);
  if (survey.evolves) {
    const std::optional<Work> series = series_work(program, circuit, survey);
    if (series) plan.states = 3;
    if (series) plan.work.add(*series);
  }
  plan.max_entries = std::min(amplitudes, power_of_two(survey.branchings));
  const bool is_large = plan.n_qubits >= kLargeQubits;
  plan.work[WorkKind::kCircuit] += 1;
  plan.work[is_large ? WorkKind::kLargeState : WorkKind::kState] += amplitudes;
  plan.work[is_large ? WorkKind::kLargeAnswer : WorkKind::kAnswer] += plan.max_entries;
  return plan;
}

// The circuits that differ from all before them.
std::vector<std::size_t> distinct(const Plan& plan) {
  std::vector<std::size_t> circuits;
  for (std::size_t circuit = 0; circuit < plan.circuits.size(); ++circuit) {
    if (plan.is_first(circuit)) circuits.push_back(circuit);
  }
  return circuits;
}

bool is_large(const CircuitPlan& circuit, std::size_t n_circuits) {
  return circuit.n_qubits >= (n_circuits < kFew ? kLargeQubitsAlone : kLargeQubits);
}

// Beside its state: the bits of what is kept, and a sparse answer's own memory or, in single precision, the numbers of
// the states.
double bytes_of_fold(const CircuitPlan& circuit, Precision precision) {
  const double amplitudes = power_of_two(circuit.n_qubits);
  const double sparse = kBytesPerEntry * std::min(circuit.max_entries, amplitudes / kSparse);
  const double numbers = precision == Precision::kSingle ? 8 * circuit.max_entries : 0;
  return std::max(sparse, numbers) + amplitudes / 8;
}

double bytes_at_peak(const ProgramView& program, const Plan& plan, Precision precision, int threads) {
  const double bytes_per_amplitude = precision == Precision::kSingle ? 8 : 16;
  const std::size_t n_distinct = distinct(plan).size();
  double large_state = 0, small_state = 0, entries = 0;
  double most_operations = 0;
  for (std::size_t circuit = 0; circuit < program.n_circuits(); ++circuit) {
    const CircuitPlan& own = plan.of(circuit);
    double& state = is_large(own, n_distinct) ? large_state : small_state;
    state = std::max(state, own.states * bytes_per_amplitude * power_of_two(std::max(own.n_qubits, 3)));
    entries += own.max_entries;
    most_operations = std::max(most_operations, plan.surveys[circuit].operations);
  }
  const double branches = 2 + std::ceil(std::log2(static_cast<double>(n_distinct + 1)));
  const double small_states = n_distinct > 1 ? small_state * branches * threads : small_state;
  const double anchors = std::min(kAnchorBytes, small_state * static_cast<double>(n_distinct / kFew));
  const double answer = plan.alone ? bytes_of_fold(plan.of(0), precision) : entries * kBytesPerEntry;
  return answer + std::max(large_state, small_states + anchors) +
         kOperationCopies * sizeof(Op) * most_operations * (small_state > 0 ? threads : 1) +
         (large_state > 0 ? kBytesPerPart * threads : 0) +
         static_cast<double>(program.n_circuits()) * kBytesPerCircuit +
         static_cast<double>(program.opcodes.size()) * kBytesPerGate;
}

}  // namespace

std::optional<Work> series_work(const ProgramView& program, std::size_t circuit, const CircuitSurvey& survey) {
  Recipe recipe;
  const Stretch whole{program.first_gate(circuit), program.last_gate(circuit)};
  write_recipe(program, {&whole, 1}, survey.used, true, recipe);
  if (recipe.sums.empty()) return std::nullopt;
  Work work;
  for (const PauliSum& sum : recipe.sums) {
    const auto terms = static_cast<double>(sum.terms.size());
    work.add(taylor_work(std::abs(sum.time) * sum.norm, terms, power_of_two(survey.n_qubits), sum.controls));
  }
  return work;
}

Plan make_plan(const ProgramView& program, Precision precision, int threads, Pool& pool) {
  Plan plan(program);
  const int helpers = planning_threads(program, threads);
  plan.surveys = survey(program, plan.hashes, helpers, pool);
  plan.first_equal = first_equals(program, plan.hashes);
  plan.circuits.resize(program.n_circuits());
  pool.share(helpers, program.n_circuits(), 64, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) {
      if (plan.is_first(circuit)) plan.circuits[circuit] = plan_circuit(program, circuit, plan.surveys[circuit]);
    }
  });
  plan.alone = program.n_circuits() == 1 && is_large(plan.of(0), 1);
  plan.bytes = bytes_at_peak(program, plan, precision, threads);
  return plan;
}

void plan_runs(const ProgramView& program, Plan& plan, int threads, Pool& pool) {
  const std::vector<std::size_t> circuits = distinct(plan);
  std::vector<std::size_t> small;
  for (const std::size_t circuit : circuits) {
    (is_large(plan.of(circuit), circuits.size()) ? plan.large : small).push_back(circuit);
  }
  plan.tree = grow_tree(program, plan.hashes, plan.surveys, small, planning_threads(program, threads), pool);
}

}  // namespace paultrap
