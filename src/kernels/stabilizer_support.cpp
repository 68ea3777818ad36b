#include "stabilizer_support.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace paultrap {
namespace {

constexpr int kMostQubits = 64;

// The stabilizers of a state of up to 64 qubits, by column: bit r of x[q] says whether stabilizer r has X on qubit q.
struct Tableau {
  std::array<std::uint64_t, kMostQubits> x{}, z{};
  std::uint64_t signs = 0;

  // Of |0...0>.
  explicit Tableau(int n_qubits) {
    for (int q = 0; q < n_qubits; ++q) z[q] = std::uint64_t{1} << q;
  }

  void apply(const CliffordStep& step) {
    std::uint64_t &xa = x[step.a], &za = z[step.a], &xb = x[step.b], &zb = z[step.b];
    switch (step.kind) {
      case CliffordKind::kX: signs ^= za; return;
      case CliffordKind::kZ: signs ^= xa; return;
      case CliffordKind::kH:
        signs ^= xa & za;
        std::swap(xa, za);
        return;
      case CliffordKind::kS:
        signs ^= xa & za;
        za ^= xa;
        return;
      case CliffordKind::kCx:
        signs ^= xa & zb & ~(xb ^ za);
        xb ^= xa;
        za ^= zb;
        return;
      case CliffordKind::kSwap:
        std::swap(xa, xb);
        std::swap(za, zb);
        return;
    }
  }
};

// One stabilizer: the Hermitian Pauli i^|x & z| X^x Z^z, negative where `sign`.
struct Row {
  std::uint64_t x = 0, z = 0;
  bool sign = false;

  // Multiply by another that commutes with it.
  void multiply(const Row& other) {
    int quarter_turns = std::popcount(x & z) + std::popcount(other.x & other.z) + 2 * std::popcount(z & other.x);
    x ^= other.x;
    z ^= other.z;
    quarter_turns -= std::popcount(x & z);
    sign ^= other.sign ^ ((quarter_turns & 3) == 2);
  }
};

std::vector<Row> rows_of(const Tableau& tableau, int n_qubits) {
  std::vector<Row> rows(n_qubits);
  for (int r = 0; r < n_qubits; ++r) {
    for (int q = 0; q < n_qubits; ++q) {
      rows[r].x |= (tableau.x[q] >> r & 1) << q;
      rows[r].z |= (tableau.z[q] >> r & 1) << q;
    }
    rows[r].sign = tableau.signs >> r & 1;
  }
  return rows;
}

// Bring rows from `begin` on into reduced echelon form of the part that `of` reads, highest bits first; returns the number
// of rows that have one.
template <class Part>
std::size_t reduce(std::vector<Row>& rows, std::size_t begin, int n_qubits, const Part& of) {
  std::size_t rank = begin;
  for (int q = n_qubits - 1; q >= 0; --q) {
    const auto has = [&](const Row& row) { return of(row) >> q & 1; };
    const auto pivot = std::find_if(rows.begin() + rank, rows.end(), has);
    if (pivot == rows.end()) continue;
    std::swap(rows[rank], *pivot);
    for (std::size_t k = begin; k < rows.size(); ++k) {
      if (k != rank && has(rows[k])) rows[k].multiply(rows[rank]);
    }
    ++rank;
  }
  return rank;
}

std::uint64_t highest_bit(std::uint64_t value) { return std::bit_floor(value); }

// Pauli frames of 64 runs at a time: bit k of x[q] says whether run k has an X on qubit q more than the faultless run.
struct Frames {
  std::array<std::uint64_t, kMostQubits> x{}, z{};

  void apply(const CliffordStep& step) {
    switch (step.kind) {
      case CliffordKind::kX: case CliffordKind::kZ: return;
      case CliffordKind::kH: return std::swap(x[step.a], z[step.a]);
      case CliffordKind::kS: z[step.a] ^= x[step.a]; return;
      case CliffordKind::kCx:
        x[step.b] ^= x[step.a];
        z[step.a] ^= z[step.b];
        return;
      case CliffordKind::kSwap:
        std::swap(x[step.a], x[step.b]);
        std::swap(z[step.a], z[step.b]);
        return;
    }
  }
};

}  // namespace

Support support_of(const CliffordCircuit& circuit) {
  Tableau tableau(circuit.n_qubits);
  for (const CliffordStep& step : circuit.steps) tableau.apply(step);
  std::vector<Row> rows = rows_of(tableau, circuit.n_qubits);
  const std::size_t rank = reduce(rows, 0, circuit.n_qubits, [](const Row& row) { return row.x; });
  Support support;
  for (std::size_t k = rank; k-- > 0;) support.basis.push_back(rows[k].x);
  // What is left has no X: each row fixes the parity of the bits in its z. In echelon form the highest bits solve that.
  reduce(rows, rank, circuit.n_qubits, [](const Row& row) { return row.z; });
  for (std::size_t k = rank; k < rows.size(); ++k) {
    if (rows[k].sign) support.offset |= highest_bit(rows[k].z);
  }
  for (const std::uint64_t element : support.basis) {
    if (support.offset & highest_bit(element)) support.offset ^= element;
  }
  return support;
}

void propagate(const CliffordCircuit& circuit, std::span<const CliffordFault> faults, std::span<std::uint64_t> flips) {
  for (std::size_t next = 0; next < faults.size();) {
    const std::uint32_t first = faults[next].column / 64 * 64;
    Frames frames;
    std::uint32_t done = circuit.ends[faults[next].gate];  // up to here the frames are empty
    const auto advance = [&](std::uint32_t until) {
      for (; done < until; ++done) frames.apply(circuit.steps[done]);
    };
    for (; next < faults.size() && faults[next].column < first + 64; ++next) {
      const CliffordFault& fault = faults[next];
      advance(circuit.ends[fault.gate]);
      const std::uint64_t bit = std::uint64_t{1} << (fault.column - first);
      if (fault.parts & 1) frames.x[fault.qubit] ^= bit;
      if (fault.parts & 2) frames.z[fault.qubit] ^= bit;
    }
    advance(static_cast<std::uint32_t>(circuit.steps.size()));
    for (int q = 0; q < circuit.n_qubits; ++q) {
      for (std::uint64_t left = frames.x[q]; left; left &= left - 1) {
        flips[first + std::countr_zero(left)] ^= std::uint64_t{1} << q;
      }
    }
  }
}

}  // namespace paultrap
