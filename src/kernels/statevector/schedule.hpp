// The order of operations on a state larger than the cache.
#pragma once

#include <cstdint>
#include <vector>

#include "statevector/ops.hpp"

namespace paultrap {

// Operations [first, last) of a schedule, which mix amplitudes only along the qubits in `active`: they may run one
// after the other on each part of the state given by the other qubits' values.
struct Group {
  std::uint64_t active;
  std::size_t first, last;
  bool is_sum;  // one exponential of a PauliSum, on its own
};

// Reorder `ops` so that the groups are few, without changing what they do together: an operation only passes those
// that it commutes with. A group has at most `group_bits` active qubits, the lowest `run_bits` always among them.
std::vector<Group> schedule(std::vector<Op>& ops, int n_qubits, int group_bits, int run_bits);

}  // namespace paultrap
