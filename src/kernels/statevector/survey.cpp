// Checks, measures and hashes every circuit in one pass over its gates.
#include "statevector/survey.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

#include "statevector/work.hpp"

namespace paultrap {
namespace {

constexpr std::uint64_t kMixer = 0xD6E8FEB86659FD93u;
// More qubits than any machine holds: counting further is of no use.
constexpr int kMostBranchings = 63;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * kMixer;
  return hash ^ hash >> 32;
}

// What the pass needs of the gate table, in few bytes.
struct Kind {
  std::int8_t targets, params;
  bool branches;           // one basis state can become several
  bool does_nothing;
  std::uint8_t operations;
  GateWork work;
};

// Strings of Paulis on several qubits take a slower loop, and ms is a diagonal between matrices on its qubits.
constexpr GateWork work_of(const GateFacts& gate) {
  const bool is_string = gate.opcode == Opcode::XX || gate.opcode == Opcode::YY || gate.targets == 0;
  const int operations = gate.opcode == Opcode::MS ? 3 : is_string ? 2 : 1;
  return {gate.shape != Shape::kDiagonal, gate.opcode == Opcode::SWAP, static_cast<std::uint8_t>(operations)};
}

constexpr auto kKinds = [] {
  std::array<Kind, kGateCount> kinds{};
  for (std::size_t k = 0; k < kGateCount; ++k) {
    const GateFacts& gate = kGates[k];
    const std::size_t pieces = gate.pieces ? gate.pieces->count : 1;
    kinds[k] = {gate.targets, gate.params, gate.shape == Shape::kMixing, pieces == 0,
                static_cast<std::uint8_t>(std::max<std::size_t>(pieces, 1)), work_of(gate)};
  }
  return kinds;
}();

bool is_finite(std::uint64_t bits) {
  constexpr std::uint64_t kExponent = 0x7FF0000000000000u;
  return (bits & kExponent) != kExponent;
}

// What one gate adds.
struct GateSurvey {
  std::uint64_t hash = 0, qubits = 0, targets = 0;
  bool valid = true;
};

inline GateSurvey survey_gate(const ProgramView& program, std::int64_t index, const Kind& kind, int width) {
  const std::int64_t first_qubit = program.qubit_offsets[index], first_param = program.param_offsets[index];
  const std::int64_t n_qubits = program.n_qubits(index), n_params = program.n_params(index);
  const std::int64_t n_controls = program.n_controls(index), n_targets = n_qubits - n_controls;
  GateSurvey found;
  found.valid = (kind.targets == 0 || n_targets == kind.targets) && (kind.params < 0 || n_params == kind.params);
  found.hash = program.opcodes[index] | n_controls << 8 | n_qubits << 32;
  std::uint64_t word = 0;
  for (std::int64_t k = 0; k < n_qubits; ++k) {
    const std::uint64_t qubit = program.qubits[first_qubit + k], bit = std::uint64_t{1} << (qubit & 63);
    found.valid &= static_cast<int>(qubit) < width && !(found.qubits & bit);
    found.qubits |= bit;
    if (k < n_targets) found.targets |= bit;
    word = word << 16 | qubit;
    if (k % 3 == 2) found.hash = mix(found.hash, std::exchange(word, 0));
  }
  found.hash = mix(found.hash, word);
  for (std::int64_t k = 0; k < n_params; ++k) {
    const auto bits = std::bit_cast<std::uint64_t>(program.params[first_param + k]);
    found.valid &= is_finite(bits);
    found.hash = mix(found.hash, bits);
  }
  return found;
}

// Read a circuit through, and write the hashes after each gate. False where the circuit is not valid.
bool survey_circuit(const ProgramView& program, std::size_t circuit, CircuitSurvey& survey, std::uint64_t* hashes) {
  const int width = program.widths[circuit];
  const std::int64_t last = program.last_gate(circuit);
  std::uint64_t hash = 0, used = 0;
  std::int64_t branchings = 0;
  double operations = 0;
  bool valid = width <= kMaxWidth;
  WorkCount work(width);
  for (std::int64_t index = program.first_gate(circuit); index < last && valid; ++index) {
    const std::size_t opcode = program.opcodes[index];
    if (opcode >= kGateCount) return false;
    const Kind& kind = kKinds[opcode];
    const GateSurvey gate = survey_gate(program, index, kind, width);
    valid = gate.valid;
    operations += kind.operations;
    hashes[index] = hash = hash * Hashes::kBase + gate.hash;
    if (kind.does_nothing) continue;
    used |= gate.qubits;
    const std::uint64_t controls = gate.qubits ^ gate.targets;
    if (kind.params >= 0) {
      branchings += kind.branches;
      work.add(kind.work, gate.targets, controls, 1);
      continue;
    }
    const std::int64_t n_targets = std::popcount(gate.targets);
    const std::int64_t n_params = program.n_params(index);
    if (n_targets < 1 || n_params < 1) return false;
    const std::int64_t n_terms = (n_params - 1) / (1 + n_targets);
    branchings += n_targets;
    work.add(kind.work, gate.targets, controls, static_cast<double>(n_terms));
    // A long string may become a short one between controlled nots (statevector/schedule.cpp).
    operations += static_cast<double>(n_terms * 2 * n_targets);
    survey.has_pauliexp = true;
    survey.evolves |= n_terms > 1 && static_cast<Opcode>(program.opcodes[index]) == Opcode::PAULIEXP;
  }
  survey.used = used;
  survey.operations = operations;
  survey.n_qubits = std::popcount(used);
  survey.branchings = static_cast<int>(std::min<std::int64_t>(branchings, kMostBranchings));
  survey.work = work.total();
  return valid;
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
  std::atomic<bool> look_closer{false};
  constexpr std::uint64_t kGatesInRange = 2000;
  const std::uint64_t grain = program.n_circuits() * kGatesInRange / (program.opcodes.size() + 1) + 1;
  pool.share(threads, program.n_circuits(), grain, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) {
      const bool valid = survey_circuit(program, circuit, surveys[circuit], hashes.after_.data());
      if (!valid || surveys[circuit].has_pauliexp) look_closer = true;
    }
  });
  if (look_closer) {  // the codes of Paulis are looked at there only
    check_gates(program);
  }
  return surveys;
}

std::vector<std::size_t> first_equals(const ProgramView& program, const Hashes& hashes) {
  const std::size_t n_circuits = program.n_circuits();
  const auto n_gates = [&](std::size_t circuit) { return program.last_gate(circuit) - program.first_gate(circuit); };
  const auto same = [&](std::size_t one, std::size_t other) {
    return hashes.whole(one) == hashes.whole(other) && program.widths[one] == program.widths[other] &&
           n_gates(one) == n_gates(other) &&
           program.same_gates(program.first_gate(one), program.first_gate(other), n_gates(one));
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
