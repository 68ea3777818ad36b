// Programs to counts: the engine behind paultrap.engine.sample.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "program/view.hpp"
#include "sampling/faults.hpp"
#include "stabilizer/gates.hpp"
#include "statevector/crew.hpp"
#include "statevector/isa.hpp"
#include "statevector/survey.hpp"

namespace paultrap {

// What is asked of each circuit.
struct SampleRequest {
  std::span<const std::uint32_t> shots;  // by circuit
  std::uint64_t seed;
  std::uint32_t first_index;         // of the first circuit in its job
  Sites sites;
  std::span<const double> readout;   // by qubit the probabilities to read 1 for 0 and 0 for 1; may end early
  std::size_t readout_stride = 0;    // from one group's to the next one's; 0: all have the same
  Floor floor = Floor::kByWidth;     // of probabilities that shots are drawn from
  std::size_t groups = 1;            // in which each circuit's shots are counted, about the same number in each

  std::span<const double> readout_of(std::size_t group) const {
    return readout_stride ? readout.subspan(group * readout_stride, readout_stride) : readout;
  }
};

// The states seen and how often, by circuit and group.
struct Histograms {
  std::vector<std::int64_t> offsets;
  std::vector<std::uint64_t> states;
  std::vector<std::int64_t> counts;
};

struct SampleCost {
  double bytes;                // at peak
  std::vector<Work> work;      // by circuit, as expected
};

// The last circuit of `program` is not run: its gates are X, Y and Z of qubit 0, of qubit 1, and so on.
// Throws std::invalid_argument where the program or the sites are not valid.
class Sampling {
 public:
  Sampling(const ProgramView& program, const SampleRequest& request, int threads, const Isa& isa, CrewLease& crew);

  SampleCost cost() const;
  Work work(std::size_t circuit) const;
  Histograms run();

 private:
  std::size_t n_circuits() const { return program_.n_circuits() - 1; }
  bool is_clifford(std::size_t circuit) const { return clifford_[circuit].has_value(); }
  bool is_large(std::size_t circuit) const;
  double patterns_expected(std::size_t circuit) const;
  void check_qubits() const;
  void check_paulis() const;
  std::size_t end_of_batch(std::size_t first) const;
  void run_batch(std::size_t first, std::size_t last);
  void count(std::size_t circuit, std::span<std::uint64_t> all);
  void count_group(std::size_t circuit, std::size_t group, std::span<std::uint64_t> outcomes);

  struct Tally {
    std::vector<std::uint64_t> states;
    std::vector<std::int64_t> counts;
  };

  const ProgramView& program_;
  const SampleRequest& request_;
  const int threads_;
  const Isa& isa_;
  CrewLease& crew_;
  std::vector<CircuitSurvey> surveys_;
  std::vector<std::optional<CliffordCircuit>> clifford_;  // by circuit; those need no state
  std::vector<Tally> tallies_;  // by circuit and group
};

}  // namespace paultrap
