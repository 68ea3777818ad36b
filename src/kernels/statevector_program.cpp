#include "statevector_program.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

namespace paultrap {
namespace {

// Targets (0 = any number) and parameters (-1 = the layout of pauliexp) by opcode.
struct Arity {
  int targets, params;
};
constexpr Arity kArity[] = {
    {1, 0}, {1, 0}, {1, 0}, {1, 0},            // x y z h
    {1, 0}, {1, 0}, {1, 0}, {1, 0},            // s si t ti
    {1, 0}, {1, 0},                            // v vi
    {1, 1}, {1, 1}, {1, 1},                    // rx ry rz
    {1, 1}, {1, 1}, {1, 1},                    // xpow ypow zpow
    {2, 0}, {2, 1}, {2, 1}, {2, 1}, {0, -1},   // swap xx yy zz pauliexp
    {1, 1}, {1, 1}, {2, 3}, {2, 1}, {0, 0},    // gpi gpi2 ms native zz, nop
};
constexpr std::size_t kOpcodes = sizeof(kArity) / sizeof(kArity[0]);
constexpr int kMaxWidth = 64;  // a state is a uint64

void require(bool holds, const char* problem) {
  if (!holds) throw std::invalid_argument(std::string("not a valid program: ") + problem);
}

void require_offsets(std::span<const std::int64_t> offsets, std::size_t cuts, std::size_t length, const char* problem) {
  require(offsets.size() == cuts + 1 && offsets.front() == 0 &&
              offsets.back() == static_cast<std::int64_t>(length), problem);
  bool ascending = true;
  for (std::size_t k = 0; k < cuts; ++k) ascending &= offsets[k] <= offsets[k + 1];
  require(ascending, problem);
}

const char* problem_of_pauliexp(const Gate& gate) {
  if (gate.params.empty()) return "pauliexp has no time";
  const std::size_t rest = gate.params.size() - 1, per_term = 1 + gate.targets.size();
  if (gate.targets.empty() || rest % per_term != 0) return "the terms of pauliexp do not fit its targets";
  for (const double code : gate.params.subspan(1 + rest / per_term)) {
    if (!(code == 0 || code == 1 || code == 2 || code == 3)) return "a Pauli code is not 0 to 3";
  }
  return nullptr;
}

const char* problem_of(const ProgramView& program, std::int64_t index, int width) {
  const std::size_t opcode = program.opcodes[index];
  if (opcode >= kOpcodes) return "unknown opcode";
  const std::int64_t n_qubits = program.qubit_offsets[index + 1] - program.qubit_offsets[index];
  const std::int64_t n_targets = n_qubits - program.control_counts[index];
  const Arity arity = kArity[opcode];
  if (n_targets < 0 || (arity.targets > 0 && n_targets != arity.targets)) return "wrong number of targets";
  std::uint64_t seen = 0;
  for (std::int64_t k = program.qubit_offsets[index]; k < program.qubit_offsets[index + 1]; ++k) {
    if (program.qubits[k] >= width) return "a qubit is outside the circuit";
    const std::uint64_t bit = std::uint64_t{1} << program.qubits[k];
    if (seen & bit) return "a qubit is named twice";
    seen |= bit;
  }
  const Gate gate = program.gate(index);
  for (const double value : gate.params) {
    if (!std::isfinite(value)) return "a parameter is not finite";
  }
  if (arity.params < 0) return problem_of_pauliexp(gate);
  return static_cast<int>(gate.params.size()) == arity.params ? nullptr : "wrong number of parameters";
}

void check_circuit(const ProgramView& program, std::size_t circuit) {
  const int width = program.widths[circuit];
  require(width <= kMaxWidth, "a circuit has more than 64 qubits");
  for (std::int64_t gate = program.first_gate(circuit); gate < program.last_gate(circuit); ++gate) {
    if (const char* problem = problem_of(program, gate, width)) {
      throw std::invalid_argument("not a valid program: circuit " + std::to_string(circuit) + ", gate " +
                                  std::to_string(gate - program.first_gate(circuit)) + ": " + problem);
    }
  }
}

// A circuit's own slices, for hashing and comparing.
struct Slices {
  std::uint16_t width;
  std::span<const std::uint8_t> opcodes;
  std::span<const std::uint16_t> control_counts, qubits;
  std::span<const double> params;
  std::span<const std::int64_t> qubit_offsets, param_offsets;

  Slices(const ProgramView& program, std::size_t circuit) : width(program.widths[circuit]) {
    const std::int64_t first = program.first_gate(circuit), count = program.last_gate(circuit) - first;
    opcodes = program.opcodes.subspan(first, count);
    control_counts = program.control_counts.subspan(first, count);
    qubit_offsets = program.qubit_offsets.subspan(first, count + 1);
    param_offsets = program.param_offsets.subspan(first, count + 1);
    qubits = program.qubits.subspan(qubit_offsets.front(), qubit_offsets.back() - qubit_offsets.front());
    params = program.params.subspan(param_offsets.front(), param_offsets.back() - param_offsets.front());
  }
};

template <class T>
std::uint64_t mix(std::uint64_t hash, std::span<const T> values) {
  const char* bytes = reinterpret_cast<const char*>(values.data());
  std::size_t left = values.size_bytes();
  hash ^= left * 0x9E3779B97F4A7C15u;
  while (left > 0) {
    std::uint64_t word = 0;
    const std::size_t size = left < 8 ? left : 8;
    std::memcpy(&word, bytes, size);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    bytes += size;
    left -= size;
  }
  return hash;
}

std::uint64_t hash_of(const Slices& circuit) {
  std::uint64_t hash = mix(circuit.width, circuit.opcodes);
  hash = mix(hash, circuit.control_counts);
  hash = mix(hash, circuit.qubits);
  return mix(hash, circuit.params);
}

template <class T>
bool same_bytes(std::span<const T> one, std::span<const T> other) {
  return one.size() == other.size() && (one.empty() || std::memcmp(one.data(), other.data(), one.size_bytes()) == 0);
}

bool same_cuts(std::span<const std::int64_t> one, std::span<const std::int64_t> other) {
  for (std::size_t k = 0; k < one.size(); ++k) {
    if (one[k] - one[0] != other[k] - other[0]) return false;
  }
  return true;
}

bool same(const Slices& one, const Slices& other) {
  return one.width == other.width && same_bytes(one.opcodes, other.opcodes) &&
         same_bytes(one.control_counts, other.control_counts) && same_bytes(one.qubits, other.qubits) &&
         same_bytes(one.params, other.params) && same_cuts(one.qubit_offsets, other.qubit_offsets) &&
         same_cuts(one.param_offsets, other.param_offsets);
}

}  // namespace

int planning_threads(const ProgramView& program, int threads) {
  constexpr std::size_t kWorthThreads = 4000;  // gates
  return program.opcodes.size() < kWorthThreads ? 1 : threads;
}

void check(const ProgramView& program, int threads, Pool& pool) {
  const std::size_t n_gates = program.opcodes.size();
  require_offsets(program.gate_offsets, program.n_circuits(), n_gates, "gate_offsets do not cut the gates");
  require(program.control_counts.size() == n_gates, "control_counts and opcodes differ in length");
  require_offsets(program.qubit_offsets, n_gates, program.qubits.size(), "qubit_offsets do not cut the qubits");
  require_offsets(program.param_offsets, n_gates, program.params.size(), "param_offsets do not cut the parameters");
  const auto check_range = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) check_circuit(program, circuit);
  };
  try {
    pool.share(planning_threads(program, threads), program.n_circuits(), 64,
               [&](int, std::uint64_t first, std::uint64_t last) { check_range(first, last); });
  } catch (const std::invalid_argument&) {
    check_range(0, program.n_circuits());  // once more in order, so that the first problem is the one that is named
    throw;
  }
}

std::vector<std::size_t> first_equals(const ProgramView& program, int threads, Pool& pool) {
  const std::size_t n_circuits = program.n_circuits();
  std::vector<std::uint64_t> hashes(n_circuits);
  pool.share(threads, n_circuits, 64, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t circuit = first; circuit < last; ++circuit) hashes[circuit] = hash_of({program, circuit});
  });
  // A hash table with open addresses: at most half full, an empty place is n_circuits.
  const std::size_t mask = std::bit_ceil(2 * n_circuits + 1) - 1;
  std::vector<std::size_t> table(mask + 1, n_circuits), first(n_circuits);
  for (std::size_t circuit = 0; circuit < n_circuits; ++circuit) {
    std::size_t place = hashes[circuit] & mask;
    while (table[place] != n_circuits &&
           !(hashes[table[place]] == hashes[circuit] && same({program, circuit}, {program, table[place]}))) {
      place = (place + 1) & mask;
    }
    if (table[place] == n_circuits) table[place] = circuit;
    first[circuit] = table[place];
  }
  return first;
}

}  // namespace paultrap
