// Clifford circuits of more than 64 qubits: exact answers and shots. A state is several words.
#pragma once

#include <cstdint>
#include <vector>

#include "sampling/run.hpp"

namespace paultrap {

// The answers of a program's circuits of more than 64 qubits; the others have no entries.
struct WideAnswer {
  int n_words = 0;                         // of a state: 2, 4 or 8
  std::vector<std::int64_t> offsets;       // by circuit, where its entries start
  std::vector<std::uint64_t> words;        // of all entries' states, the lowest first; states ascend
  std::vector<std::int64_t> counts;        // of shots by entry; none in an exact answer
  std::vector<std::int32_t> dimensions;    // exact: by circuit, log2 of the number of its states
};

// Both throw std::invalid_argument where the program or the sites are not valid, or one of these circuits has a gate that is
// not a Clifford gate.

// Circuits with more states than `most` have no entries.
WideAnswer wide_distributions(const ProgramView& program, std::uint64_t most, int threads, CrewLease& crew);
WideAnswer sample_wide(const ProgramView& program, const SampleRequest& request, int threads, CrewLease& crew);

}  // namespace paultrap
