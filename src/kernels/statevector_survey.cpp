#include "statevector_survey.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace paultrap {
namespace {

constexpr std::uint64_t kMixer = 0xD6E8FEB86659FD93u;
// More qubits than any machine holds: counting further tells nothing.
constexpr int kMostBranchings = 63;
// What a gate costs beside its amplitudes, in amplitude updates.
constexpr double kGateOverhead = 40;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * kMixer;
  return hash ^ hash >> 32;
}

// Whether a gate can turn one basis state into several, by opcode.
bool branches(Opcode opcode) {
  switch (opcode) {
    case Opcode::H:
    case Opcode::V:
    case Opcode::VI:
    case Opcode::RX:
    case Opcode::RY:
    case Opcode::XPOW:
    case Opcode::YPOW:
    case Opcode::XX:
    case Opcode::YY:
    case Opcode::GPI2:
    case Opcode::MS: return true;
    default: return false;
  }
}

double power_of_two(int exponent) { return static_cast<double>(std::uint64_t{1} << std::clamp(exponent, 0, 63)); }

template <class T>
bool same_slice(std::span<const T> values, std::int64_t one, std::int64_t other, std::int64_t count) {
  return count == 0 || std::memcmp(&values[one], &values[other], count * sizeof(T)) == 0;
}

bool same_cuts(std::span<const std::int64_t> cuts, std::int64_t one, std::int64_t other, std::int64_t count) {
  bool same = true;
  const std::int64_t shift = cuts[other] - cuts[one];
  for (std::int64_t k = 1; k <= count; ++k) same &= cuts[other + k] - cuts[one + k] == shift;
  return same;
}

}  // namespace

std::uint64_t Hashes::with_gate(std::size_t circuit, std::int64_t number, std::uint64_t gate) const {
  const std::int64_t after = program_.last_gate(circuit) - program_.first_gate(circuit) - number - 1;
  std::uint64_t power = 1, base = kBase;
  for (std::int64_t left = after; left; left >>= 1, base *= base) {
    if (left & 1) power *= base;
  }
  return whole(circuit) + (gate - this->gate(circuit, number)) * power;
}

std::vector<CircuitSurvey> survey(const ProgramView& program, Hashes& hashes, int threads, Pool& pool) {
  std::vector<CircuitSurvey> surveys(program.n_circuits());
  const auto look_at = [&](std::size_t circuit) {
    CircuitSurvey& found = surveys[circuit];
    std::uint64_t hash = 0;
    double gates = 0, halved[64] = {};  // by number of controls
    for (std::int64_t index = program.first_gate(circuit); index < program.last_gate(circuit); ++index) {
      const auto opcode = static_cast<Opcode>(program.opcodes[index]);
      const int n_controls = program.control_counts[index];
      std::uint64_t own = mix(n_controls + 1, static_cast<std::uint64_t>(opcode));
      for (std::int64_t k = program.qubit_offsets[index]; k < program.qubit_offsets[index + 1]; ++k) {
        own = mix(own, program.qubits[k]);
        if (opcode != Opcode::NOP) found.used |= std::uint64_t{1} << program.qubits[k];
      }
      for (std::int64_t k = program.param_offsets[index]; k < program.param_offsets[index + 1]; ++k) {
        own = mix(own, std::bit_cast<std::uint64_t>(program.params[k]));
      }
      hash = hash * Hashes::kBase + own;
      hashes.after_[index] = hash;
      double weight = 1;
      int branchings = branches(opcode);
      if (opcode == Opcode::PAULIEXP) {
        const Gate gate = program.gate(index);
        branchings = static_cast<int>(gate.targets.size());
        weight = static_cast<double>((gate.params.size() - 1) / (1 + gate.targets.size()));
        found.evolves |= weight > 1;
      }
      found.branchings = std::min(found.branchings + branchings, kMostBranchings);
      gates += weight;
      halved[n_controls] += weight;
    }
    found.n_qubits = std::popcount(found.used);
    found.updates = gates * kGateOverhead;
    for (int controls = 0; controls <= found.n_qubits; ++controls) {
      found.updates += halved[std::min(controls, 63)] * power_of_two(found.n_qubits - controls);
    }
  };
  pool.share(threads, program.n_circuits(), 64, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) look_at(circuit);
  });
  return surveys;
}

bool same_gates(const ProgramView& program, std::int64_t first, std::int64_t other, std::int64_t count) {
  const std::int64_t qubits = program.qubit_offsets[first + count] - program.qubit_offsets[first];
  const std::int64_t params = program.param_offsets[first + count] - program.param_offsets[first];
  return same_slice(program.opcodes, first, other, count) && same_slice(program.control_counts, first, other, count) &&
         same_cuts(program.qubit_offsets, first, other, count) &&
         same_cuts(program.param_offsets, first, other, count) &&
         same_slice(program.qubits, program.qubit_offsets[first], program.qubit_offsets[other], qubits) &&
         same_slice(program.params, program.param_offsets[first], program.param_offsets[other], params);
}

std::vector<std::size_t> first_equals(const ProgramView& program, const Hashes& hashes) {
  const std::size_t n_circuits = program.n_circuits();
  const auto n_gates = [&](std::size_t circuit) { return program.last_gate(circuit) - program.first_gate(circuit); };
  const auto same = [&](std::size_t one, std::size_t other) {
    return hashes.whole(one) == hashes.whole(other) && program.widths[one] == program.widths[other] &&
           n_gates(one) == n_gates(other) &&
           same_gates(program, program.first_gate(one), program.first_gate(other), n_gates(one));
  };
  // A hash table with open addresses: at most half full, an empty place is n_circuits.
  const std::size_t mask = std::bit_ceil(2 * n_circuits + 1) - 1;
  std::vector<std::size_t> table(mask + 1, n_circuits), first(n_circuits);
  for (std::size_t circuit = 0; circuit < n_circuits; ++circuit) {
    const std::uint64_t hash = hashes.whole(circuit) * kMixer;
    std::size_t place = (hash ^ hash >> 32) & mask;
    while (table[place] != n_circuits && !same(circuit, table[place])) place = (place + 1) & mask;
    if (table[place] == n_circuits) table[place] = circuit;
    first[circuit] = table[place];
  }
  return first;
}

}  // namespace paultrap
