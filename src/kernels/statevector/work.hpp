// Counts what the gates of a circuit take: how many operations are left of them, how large a part of the state each
// passes over, and how often a state that is larger than the caches has to be read through.
#pragma once

#include <cstdint>

#include "program/gates.hpp"
#include "program/view.hpp"
#include "statevector/cost.hpp"

namespace paultrap {

// The lowest qubits are the lanes of a vector: controls among them leave no part of the state out.
constexpr std::uint64_t kLanes = 7;

// What is counted of each gate of the table.
struct GateWork {
  bool flips = true;           // it moves amplitudes: not diagonal
  bool exchanges = false;      // a swap, which renames its qubits where it has no controls
  std::uint8_t operations = 1;
};

class WorkCount {
 public:
  explicit WorkCount(int width) : is_gathered_(width > kMostInCache) {}

  // A gate, or `terms` of its kind in turn, on these qubits.
  void add(const GateWork& gate, std::uint64_t targets, std::uint64_t controls, double terms) {
    gates_ += terms;
    // Gates on one qubit merge, and diagonal ones wait for the next.
    if (!controls && !(targets & (targets - 1)) && (!gate.flips || open_ & targets)) return;
    add_operation(gate, targets, controls, terms);
  }

  Work total() const;

 private:
  static constexpr int kMostInCache = 17;

  void add_operation(const GateWork& gate, std::uint64_t targets, std::uint64_t controls, double terms);
  void operate(const GateWork& gate, std::uint64_t targets, std::uint64_t controls, double terms);

  const bool is_gathered_;
  std::uint64_t live_ = kLanes;      // qubits that may be in another state than |0>
  int n_live_ = 3;
  std::uint64_t open_ = 0;           // qubits whose last operation further gates merge with
  std::uint64_t renamed_ = 0;
  bool is_in_group_ = false;
  std::uint64_t group_ = 0;          // qubits that the present group of operations mixes
  double gates_ = 0;
  double operations_[kMaxWidth + 1] = {};       // by log2 of the amplitudes that each passes over
  double groups_[kMaxWidth + 1] = {};           // likewise
};

// Of a Taylor series of exp(-i time H) for a sum of `terms` Paulis, of which `reach` is |time| times the norm, on
// `amplitudes` under `controls`.
Work taylor_work(double reach, double terms, double amplitudes, std::uint64_t controls);

}  // namespace paultrap
