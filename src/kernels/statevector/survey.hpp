// What one pass over a program's gates finds out about every circuit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory/buffer.hpp"
#include "program/view.hpp"
#include "statevector/cost.hpp"
#include "threads/pool.hpp"

namespace paultrap {

struct CircuitSurvey {
  std::uint64_t used = 0;    // qubits that gates touch; only these are in the state
  int n_qubits = 0;          // how many those are
  int branchings = 0;        // gates that can turn one basis state into several, at most 63
  Work work;                 // of all gates
  double operations = 0;     // written for them at most
  bool has_pauliexp = false;
  bool evolves = false;      // one of them may need a Taylor series
};

// A hash of the first gates of a circuit, for every number of gates. The hash of a sequence is a polynomial in kBase
// over its gates' hashes, so that the hash of a sequence with one gate exchanged follows from its parts.
class Hashes {
 public:
  static constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15u;

  explicit Hashes(const ProgramView& program) : program_(program), after_(program.opcodes.size()) {}

  // Of the circuit's first `count` gates.
  std::uint64_t prefix(std::size_t circuit, std::int64_t count) const {
    return count == 0 ? 0 : after_.data()[program_.first_gate(circuit) + count - 1];
  }
  std::uint64_t whole(std::size_t circuit) const {
    return prefix(circuit, program_.last_gate(circuit) - program_.first_gate(circuit));
  }
  std::uint64_t gate(std::size_t circuit, std::int64_t number) const {
    return prefix(circuit, number + 1) - prefix(circuit, number) * kBase;
  }
  // Of the whole circuit where gate `number` had the hash `gate`.
  std::uint64_t with_gate(std::size_t circuit, std::int64_t number, std::uint64_t gate) const;

 private:
  friend std::vector<CircuitSurvey> survey(const ProgramView&, Hashes&, int, Pool&);
  const ProgramView& program_;
  Array<std::uint64_t> after_;  // by gate
};

// By circuit. Fills in the hashes too. Throws std::invalid_argument where the program is not valid (see check_gates).
std::vector<CircuitSurvey> survey(const ProgramView& program, Hashes& hashes, int threads, Pool& pool);

// For each circuit the first circuit that equals it (itself where it is the first).
std::vector<std::size_t> first_equals(const ProgramView& program, const Hashes& hashes);

}  // namespace paultrap
