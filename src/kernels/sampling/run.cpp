// Shares the circuits of a sampled program among threads, and counts what was seen.
#include "sampling/run.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "sampling/clifford.hpp"
#include "sampling/readout.hpp"
#include "sampling/walk.hpp"
#include "statevector/cost.hpp"
#include "statevector/plan.hpp"

namespace paultrap {
namespace {

// Outcomes that are held at a time.
constexpr std::uint64_t kShotsPerBatch = std::uint64_t{1} << 22;
// Up to this width outcomes are counted in a table, above they are sorted.
constexpr int kTableBits = 12;
constexpr std::size_t kTablePerShot = 8;
// The bytes that an error and its shot's pattern take at most.
constexpr double kBytesPerFault = 64;
constexpr double kBytesPerShot = 32, kBytesPerEntry = 16;

const ProgramView& with_paulis(const ProgramView& program) {
  if (program.n_circuits() == 0) throw std::invalid_argument("there is no circuit of Paulis at the end");
  return program;
}

double amplitudes(int n_qubits) { return std::ldexp(1.0, n_qubits); }

}  // namespace

Sampling::Sampling(const ProgramView& program, const SampleRequest& request, int threads, const Isa& isa,
                   CrewLease& crew)
    : program_(with_paulis(program)), request_(request), threads_(threads), isa_(isa), crew_(crew), clifford_(n_circuits()),
      tallies_(n_circuits() * request.groups) {
  Hashes hashes(program);
  surveys_ = survey(program, hashes, planning_threads(program, threads), crew.pool());
  check_sites(request.sites, program.gate_offsets.first(program.n_circuits()), program.widths.first(n_circuits()));
  check_qubits();
  check_paulis();
  check_readout(request.readout);
  crew.pool().share(planning_threads(program, threads), n_circuits(), 16, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) clifford_[circuit] = clifford_circuit(program, circuit);
  });
  if (request.shots.size() != n_circuits()) throw std::invalid_argument("shots: one number for each circuit");
}

// An error on a qubit that no gate touches has no place in the state.
void Sampling::check_qubits() const {
  for (std::size_t circuit = 0; circuit < n_circuits(); ++circuit) {
    const Sites sites = request_.sites.of(circuit);
    for (std::size_t k = 0; k < sites.size(); ++k) {
      const std::uint16_t second = sites.second[k] == kNoQubit ? sites.first[k] : sites.second[k];
      if (surveys_[circuit].used >> sites.first[k] & surveys_[circuit].used >> second & 1) continue;
      throw std::invalid_argument("noise sites: circuit " + std::to_string(circuit) + ", site " + std::to_string(k) +
                                  ": no gate touches its qubits");
    }
  }
}

// Errors are applied as gates of the program's last circuit.
void Sampling::check_paulis() const {
  constexpr Opcode kPaulis[] = {Opcode::X, Opcode::Y, Opcode::Z};
  const auto widths = program_.widths.first(n_circuits());
  const std::int64_t count = widths.empty() ? 0 : 3 * *std::max_element(widths.begin(), widths.end());
  const std::int64_t first = program_.first_gate(n_circuits());
  bool sound = program_.last_gate(n_circuits()) - first >= count;
  for (std::int64_t k = 0; k < count && sound; ++k) {
    const Gate gate = program_.gate(first + k);
    sound = gate.opcode == kPaulis[k % 3] && gate.controls.empty() && gate.targets[0] == k / 3;
  }
  if (!sound) throw std::invalid_argument("the last circuit is not X, Y and Z of each qubit");
}

bool Sampling::is_large(std::size_t circuit) const { return surveys_[circuit].n_qubits >= kLargeQubits; }

// Different patterns, as expected: those of one error are as many as there are such errors at most, and shots with
// several errors have one each.
double Sampling::patterns_expected(std::size_t circuit) const {
  const Sites sites = request_.sites.of(circuit);
  const double faults = expected_faults(sites), shots = request_.shots[circuit];
  const double with_one = shots * std::exp(-faults);
  return 1 + shots * (-std::expm1(-faults) - faults * std::exp(-faults)) + expected_kinds(sites, with_one);
}

Work Sampling::work(std::size_t circuit) const {
  Work work;
  work[WorkKind::kCircuit] = 1;
  work[WorkKind::kShot] = request_.shots[circuit];
  work[WorkKind::kFault] = request_.shots[circuit] * expected_faults(request_.sites.of(circuit));
  if (is_clifford(circuit)) {
    work[WorkKind::kStabilizer] = static_cast<double>(clifford_[circuit]->steps.size());
    return work;
  }
  const CircuitSurvey& survey = surveys_[circuit];
  const double patterns = patterns_expected(circuit), states = amplitudes(survey.n_qubits);
  const double runs = (1 + patterns) / 2;  // the average error happens half way
  work.add(survey.work, runs);
  if (survey.evolves) work.add(series_work(program_, circuit, survey).value_or(Work{}), runs);
  work[WorkKind::kPattern] = patterns;
  work[is_large(circuit) ? WorkKind::kLargeMeasured : WorkKind::kMeasured] = patterns * states;
  work[is_large(circuit) ? WorkKind::kLargeState : WorkKind::kState] = states;
  return work;
}

SampleCost Sampling::cost() const {
  SampleCost cost{0, {}};
  double large_state = 0, small_state = 0, entries = 0, batch_bytes = 0, most_bytes = 0;
  std::uint64_t batch_shots = 0;
  for (std::size_t circuit = 0; circuit < n_circuits(); ++circuit) {
    const CircuitSurvey& survey = surveys_[circuit];
    const double shots = request_.shots[circuit];
    const double own_faults = shots * expected_faults(request_.sites.of(circuit));
    cost.work.push_back(work(circuit));
    const bool has_state = !is_clifford(circuit);
    double& state = is_large(circuit) ? large_state : small_state;
    const double states = survey.evolves ? kMostStates + 2 : kMostStates;
    if (has_state) state = std::max(state, states * 2 * isa_.scalar_bytes * amplitudes(std::max(survey.n_qubits, 3)));
    const int width = program_.widths[circuit];
    entries += std::min<double>(shots, amplitudes(width));
    batch_bytes += own_faults * kBytesPerFault + shots * kBytesPerShot;
    batch_shots += request_.shots[circuit];
    most_bytes = std::max(most_bytes, batch_bytes);
    if (batch_shots >= kShotsPerBatch) batch_bytes = batch_shots = 0;
  }
  cost.bytes = std::max(large_state, small_state * threads_) + most_bytes + 2 * entries * kBytesPerEntry;
  return cost;
}

Histograms Sampling::run() {
  for (std::size_t first = 0, last; first < n_circuits(); first = last) {
    last = end_of_batch(first);
    run_batch(first, last);
  }
  Histograms found;
  found.offsets.push_back(0);
  for (Tally& tally : tallies_) {
    found.states.insert(found.states.end(), tally.states.begin(), tally.states.end());
    found.counts.insert(found.counts.end(), tally.counts.begin(), tally.counts.end());
    found.offsets.push_back(static_cast<std::int64_t>(found.states.size()));
    tally = {};
  }
  return found;
}

// Circuits up to the one with which their shots are enough for a batch.
std::size_t Sampling::end_of_batch(std::size_t first) const {
  for (std::uint64_t shots = 0; first < n_circuits() && shots < kShotsPerBatch; ++first) shots += request_.shots[first];
  return first;
}

void Sampling::run_batch(std::size_t first, std::size_t last) {
  Pool& pool = crew_.pool();
  const std::size_t size = last - first;
  std::vector<Patterns> patterns(size);
  pool.share(threads_, size, 1, [&](int, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t k = from; k < to; ++k) {
      if (is_clifford(first + k)) continue;
      patterns[k] = draw_patterns(program_, first + k, request_.sites.of(first + k), request_.shots[first + k], request_.seed,
                                  request_.first_index + static_cast<std::uint32_t>(first + k));
    }
  });
  const std::int64_t first_pauli = program_.first_gate(n_circuits());
  const auto noisy = [&](std::size_t circuit) -> NoisyCircuit {
    return {program_, circuit, surveys_[circuit], patterns[circuit - first], request_.floor, first_pauli};
  };
  std::vector<PatternTask> small, large;
  for (std::size_t circuit = first; circuit < last; ++circuit) {
    if (!is_clifford(circuit)) cut_tasks(noisy(circuit), is_large(circuit), is_large(circuit) ? large : small);
  }
  std::vector<std::size_t> starts(size + 1, 0);
  for (std::size_t k = 0; k < size; ++k) starts[k + 1] = starts[k] + request_.shots[first + k];
  std::vector<std::uint64_t> outcomes(starts.back());
  std::vector<MeasureScratch> scratches(threads_);
  const auto run_task = [&](const PatternTask& task, int worker, const Team& team) {
    const Stream random(request_.seed, request_.first_index + static_cast<std::uint32_t>(task.circuit),
                        Purpose::kMeasurement);
    run_patterns(noisy(task.circuit), task.first, task.last, crew_.workspace(worker), team, random, scratches[worker],
                 outcomes.data() + starts[task.circuit - first]);
  };
  for (const PatternTask& task : large) run_task(task, 0, {isa_, pool, threads_});
  if (!large.empty()) crew_.release_memory();
  pool.share(threads_, small.size(), 1, [&](int worker, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t k = from; k < to; ++k) run_task(small[k], worker, {isa_, pool, 1});
  });
  pool.share(threads_, size, 1, [&](int, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t k = from; k < to; ++k) {
      const std::span<std::uint64_t> own(outcomes.data() + starts[k], starts[k + 1] - starts[k]);
      if (is_clifford(first + k)) {
        sample_clifford<std::uint64_t>(*clifford_[first + k], request_.sites.of(first + k), request_.seed,
                        request_.first_index + static_cast<std::uint32_t>(first + k), own);
      }
      count(first + k, own);
    }
  });
}

// The first groups have one shot more where the shots do not divide evenly.
void Sampling::count(std::size_t circuit, std::span<std::uint64_t> all) {
  const std::size_t each = all.size() / request_.groups, rest = all.size() % request_.groups;
  for (std::size_t group = 0, start = 0, size; group < request_.groups; ++group, start += size) {
    size = each + (group < rest);
    count_group(circuit, group, all.subspan(start, size));
  }
}

void Sampling::count_group(std::size_t circuit, std::size_t group, std::span<std::uint64_t> all) {
  const int width = program_.widths[circuit];
  const std::size_t first_index = request_.first_index * request_.groups;
  const std::size_t index = circuit * request_.groups + group;
  const Stream random(request_.seed, static_cast<std::uint32_t>(first_index + index), Purpose::kReadout);
  misread<std::uint64_t>(all, width, request_.readout_of(index), random);
  Tally& tally = tallies_[index];
  const auto add = [&](std::uint64_t state, std::int64_t times) {
    tally.states.push_back(state);
    tally.counts.push_back(times);
  };
  // Both ways give the same; a table is the quicker one unless most of it stays empty.
  if (width <= kTableBits && (std::size_t{1} << width) <= kTablePerShot * all.size()) {
    std::vector<std::uint32_t> table(std::size_t{1} << width);
    for (const std::uint64_t outcome : all) ++table[outcome];
    for (std::size_t state = 0; state < table.size(); ++state) {
      if (table[state]) add(state, table[state]);
    }
    return;
  }
  std::sort(all.begin(), all.end());
  for (std::size_t k = 0, end; k < all.size(); k = end) {
    for (end = k + 1; end < all.size() && all[end] == all[k];) ++end;
    add(all[k], static_cast<std::int64_t>(end - k));
  }
}

}  // namespace paultrap
