// Finds the affine subspace of states that a Clifford circuit can give.
#include "stabilizer/support.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace paultrap {
namespace {

// The stabilizers of a state, by column: bit r of x[q] says whether stabilizer r has X on qubit q.
template <class S>
struct Tableau {
  std::array<S, kBits<S>> x{}, z{};
  S signs{};

  // Of |0...0>.
  explicit Tableau(int n_qubits) {
    for (int q = 0; q < n_qubits; ++q) flip(z[q], q);
  }

  void apply(const CliffordStep& step) {
    S &xa = x[step.a], &za = z[step.a], &xb = x[step.b], &zb = z[step.b];
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
template <class S>
struct Row {
  S x{}, z{};
  bool sign = false;

  // Multiply by another that commutes with it.
  void multiply(const Row& other) {
    int quarter_turns = count(x & z) + count(other.x & other.z) + 2 * count(z & other.x);
    x ^= other.x;
    z ^= other.z;
    quarter_turns -= count(x & z);
    sign ^= other.sign ^ ((quarter_turns & 3) == 2);
  }
};

template <class S>
std::vector<Row<S>> rows_of(const Tableau<S>& tableau, int n_qubits) {
  std::vector<Row<S>> rows(n_qubits);
  for (int r = 0; r < n_qubits; ++r) {
    for (int q = 0; q < n_qubits; ++q) {
      flip(rows[r].x, q, has(tableau.x[q], r));
      flip(rows[r].z, q, has(tableau.z[q], r));
    }
    rows[r].sign = has(tableau.signs, r);
  }
  return rows;
}

// Bring rows from `begin` on into reduced echelon form of the part that `of` reads, highest bits first; returns the number
// of rows that have one.
template <class S, class Part>
std::size_t reduce(std::vector<Row<S>>& rows, std::size_t begin, int n_qubits, const Part& of) {
  std::size_t rank = begin;
  for (int q = n_qubits - 1; q >= 0; --q) {
    const auto has_bit = [&](const Row<S>& row) { return has(of(row), q); };
    const auto pivot = std::find_if(rows.begin() + rank, rows.end(), has_bit);
    if (pivot == rows.end()) continue;
    std::swap(rows[rank], *pivot);
    for (std::size_t k = begin; k < rows.size(); ++k) {
      if (k != rank && has_bit(rows[k])) rows[k].multiply(rows[rank]);
    }
    ++rank;
  }
  return rank;
}

// Pauli frames of 64 runs at a time: bit k of x[q] says whether run k has an X on qubit q more than the faultless run.
template <int MostQubits>
struct Frames {
  std::array<std::uint64_t, MostQubits> x{}, z{};

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

template <class S>
Support<S> support_of(const CliffordCircuit& circuit) {
  Tableau<S> tableau(circuit.n_qubits);
  for (const CliffordStep& step : circuit.steps) tableau.apply(step);
  std::vector<Row<S>> rows = rows_of(tableau, circuit.n_qubits);
  const std::size_t rank = reduce(rows, 0, circuit.n_qubits, [](const Row<S>& row) -> const S& { return row.x; });
  Support<S> support;
  for (std::size_t k = rank; k-- > 0;) support.basis.push_back(rows[k].x);
  // What is left has no X: each row fixes the parity of the bits in its z. In echelon form the highest bits solve that.
  reduce(rows, rank, circuit.n_qubits, [](const Row<S>& row) -> const S& { return row.z; });
  for (std::size_t k = rank; k < rows.size(); ++k) {
    if (rows[k].sign) flip(support.offset, highest(rows[k].z));
  }
  for (const S& element : support.basis) {
    if (has(support.offset, highest(element))) support.offset ^= element;
  }
  return support;
}

template <class S>
void propagate(const CliffordCircuit& circuit, std::span<const CliffordFault> faults, std::span<S> flips) {
  for (std::size_t next = 0; next < faults.size();) {
    const std::uint32_t first = faults[next].column / 64 * 64;
    Frames<kBits<S>> frames;
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
        flip(flips[first + std::countr_zero(left)], q);
      }
    }
  }
}

template Support<std::uint64_t> support_of(const CliffordCircuit&);
template void propagate(const CliffordCircuit&, std::span<const CliffordFault>, std::span<std::uint64_t>);
template Support<Words<2>> support_of(const CliffordCircuit&);
template void propagate(const CliffordCircuit&, std::span<const CliffordFault>, std::span<Words<2>>);
template Support<Words<4>> support_of(const CliffordCircuit&);
template void propagate(const CliffordCircuit&, std::span<const CliffordFault>, std::span<Words<4>>);
template Support<Words<8>> support_of(const CliffordCircuit&);
template void propagate(const CliffordCircuit&, std::span<const CliffordFault>, std::span<Words<8>>);

}  // namespace paultrap
