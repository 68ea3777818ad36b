// Runs Clifford circuits of more than 64 qubits, exactly or sampled.
#include "sampling/wide.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "program/problem.hpp"
#include "sampling/clifford.hpp"
#include "sampling/readout.hpp"
#include "stabilizer/support.hpp"

namespace paultrap {
namespace {

bool is_wide(const ProgramView& program, std::size_t circuit) { return program.widths[circuit] > kMaxWidth; }

// Call visit(circuit) for every wide circuit, in parallel. Of several problems the first circuit's is thrown.
template <class Visit>
void each_wide(const ProgramView& program, int threads, CrewLease& crew, const Visit& visit) {
  std::vector<std::optional<CircuitProblem>> problems(program.n_circuits());
  crew.pool().share(threads, program.n_circuits(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) {
      if (!is_wide(program, circuit)) continue;
      try {
        visit(circuit);
      } catch (const CircuitProblem& problem) {
        problems[circuit] = problem;
      }
    }
  });
  for (const auto& problem : problems) {
    if (problem) throw *problem;
  }
}

// The states of one circuit, and how often each was seen.
template <class S>
struct Tally {
  std::vector<S> states;
  std::vector<std::int64_t> counts;
};

template <class S>
WideAnswer joined(std::vector<Tally<S>>& tallies) {
  WideAnswer answer;
  answer.n_words = kBits<S> / 64;
  answer.offsets.push_back(0);
  for (Tally<S>& tally : tallies) {
    for (const S& state : tally.states) answer.words.insert(answer.words.end(), state.words.begin(), state.words.end());
    answer.counts.insert(answer.counts.end(), tally.counts.begin(), tally.counts.end());
    answer.offsets.push_back(answer.offsets.back() + static_cast<std::int64_t>(tally.states.size()));
    tally = {};
  }
  return answer;
}

template <class S>
Tally<S> counted(std::vector<S>& outcomes) {
  std::sort(outcomes.begin(), outcomes.end());
  Tally<S> tally;
  for (const S& outcome : outcomes) {
    if (tally.states.empty() || !(tally.states.back() == outcome)) {
      tally.states.push_back(outcome);
      tally.counts.push_back(0);
    }
    ++tally.counts.back();
  }
  return tally;
}

template <class S>
WideAnswer distributions(const ProgramView& program, std::uint64_t most, int threads, CrewLease& crew) {
  std::vector<Tally<S>> tallies(program.n_circuits());
  std::vector<std::int32_t> dimensions(program.n_circuits());
  each_wide(program, threads, crew, [&](std::uint64_t circuit) {
    const Support<S> support = support_of<S>(wide_clifford_circuit(program, circuit));
    dimensions[circuit] = static_cast<std::int32_t>(support.basis.size());
    if (support.basis.size() > 63 || std::uint64_t{1} << support.basis.size() > most) return;
    for (std::uint64_t choice = 0; choice < std::uint64_t{1} << support.basis.size(); ++choice) {
      tallies[circuit].states.push_back(support.state(choice));
    }
  });
  WideAnswer answer = joined(tallies);
  answer.dimensions = std::move(dimensions);
  return answer;
}

template <class S>
WideAnswer shots(const ProgramView& program, const SampleRequest& request, int threads, CrewLease& crew) {
  std::vector<Tally<S>> tallies(program.n_circuits());
  each_wide(program, threads, crew, [&](std::uint64_t circuit) {
    const std::uint32_t index = request.first_index + static_cast<std::uint32_t>(circuit);
    std::vector<S> outcomes(request.shots[circuit]);
    sample_clifford<S>(wide_clifford_circuit(program, circuit), request.sites.of(circuit), request.seed, index, outcomes);
    misread<S>(outcomes, program.widths[circuit], request.readout, Stream(request.seed, index, Purpose::kReadout));
    tallies[circuit] = counted(outcomes);
  });
  return joined(tallies);
}

// Return run(S{}) for the type of the states of the widest circuit.
template <class Run>
WideAnswer by_width(const ProgramView& program, const Run& run) {
  check_gates(program, kMaxCliffordWidth);
  const int widest = program.widths.empty() ? 0 : *std::max_element(program.widths.begin(), program.widths.end());
  if (widest <= kBits<Words<2>>) return run(Words<2>{});
  if (widest <= kBits<Words<4>>) return run(Words<4>{});
  return run(Words<8>{});
}

}  // namespace

WideAnswer wide_distributions(const ProgramView& program, std::uint64_t most, int threads, CrewLease& crew) {
  return by_width(program, [&]<class S>(S) { return distributions<S>(program, most, threads, crew); });
}

WideAnswer sample_wide(const ProgramView& program, const SampleRequest& request, int threads, CrewLease& crew) {
  if (request.shots.size() != program.n_circuits()) throw std::invalid_argument("shots: one number for each circuit");
  check_sites(request.sites, program.gate_offsets, program.widths);
  check_readout(request.readout);
  return by_width(program, [&]<class S>(S) { return shots<S>(program, request, threads, crew); });
}

}  // namespace paultrap
