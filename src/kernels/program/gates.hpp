// The gate table: what the kernels know of each gate, in one row. Its Python side is paultrap/circuits/gates.py; a test
// checks every entry of this one against that one's unitaries.
//
// docs/how-to/add-a-gate.md says how to add one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>

namespace paultrap {

// The gates that kernels apply, lower and translate themselves: switches over opcodes have a case for each of them, and
// do not compile otherwise. The table has more gates, which are sequences of these and have no name in C++.
enum class Opcode : std::uint8_t {
  X = 0,
  Y = 1,
  Z = 2,
  H = 3,
  S = 4,
  SI = 5,
  T = 6,
  TI = 7,
  V = 8,
  VI = 9,
  RX = 10,
  RY = 11,
  RZ = 12,
  XPOW = 13,
  YPOW = 14,
  ZPOW = 15,
  SWAP = 16,
  XX = 17,
  YY = 18,
  ZZ = 19,
  PAULIEXP = 20,
  GPI = 21,
  GPI2 = 22,
  MS = 23,
  NATIVE_ZZ = 24,
  PAULIEXP_STEP = 27,
};

// A few values, as rows have them.
template <class T, std::size_t kMost>
struct Few {
  std::size_t count = 0;
  std::array<T, kMost> values{};

  constexpr Few() = default;
  constexpr Few(std::initializer_list<T> list) {
    for (const T& value : list) values[count++] = value;
  }
  constexpr const T* begin() const { return values.data(); }
  constexpr const T* end() const { return values.data() + count; }
};

// One gate of a sequence, on targets of the gate that it belongs to. Where it takes parameters, they are that gate's.
struct Piece {
  Opcode opcode = Opcode::X;
  Few<std::uint8_t, 4> targets, controls;
};
using Pieces = Few<Piece, 8>;

// Sets of Paulis: a bit for each, by its parts (1 for X, 2 for Z, both for Y).
constexpr std::uint8_t kNoPauli = 0, kOnlyX = 1 << 1, kOnlyZ = 1 << 2, kOnlyY = 1 << 3;
constexpr std::uint8_t kAnyPauli = kOnlyX | kOnlyY | kOnlyZ;

// What becomes of a basis state, with the worst parameters. Memory for answers is taken by this.
enum class Shape : std::uint8_t {
  kMixing,       // several basis states
  kPermutation,  // another one
  kDiagonal,     // the same, with a phase
};

// When it is a Clifford gate: always, with angles that are multiples of a quarter turn (half of that for gpi), or never.
enum class Clifford : std::uint8_t { kNever, kAtQuarterTurns, kAlways };

enum class Angle : std::uint8_t { kNone, kRadians, kTurns };

struct GateFacts {
  Opcode opcode;
  std::string_view name;  // that of the Python side
  std::int8_t targets;    // 0: any number
  std::int8_t params;     // -1: the layout of pauliexp
  bool is_native = false;
  Shape shape = Shape::kMixing;
  Clifford clifford = Clifford::kNever;
  std::uint8_t commuting = kNoPauli;      // with it, on any of its targets
  std::uint8_t anticommuting = kNoPauli;  // the same but for a sign
  std::uint8_t half_turn = kNoPauli;      // the Pauli that it is, or is at half a turn, if it is one; without a phase
  Angle rotation = Angle::kNone;          // of what is exp(-i angle/2 P) for a product P of Paulis
  std::optional<Pieces> pieces = std::nullopt;  // of what has no enumerator
};

// By opcode.
inline constexpr GateFacts kGates[] = {
    {Opcode::X, "X", 1, 0, false, Shape::kPermutation, Clifford::kAlways, kOnlyX, kOnlyY | kOnlyZ, kOnlyX},
    {Opcode::Y, "Y", 1, 0, false, Shape::kPermutation, Clifford::kAlways, kOnlyY, kOnlyX | kOnlyZ, kOnlyY},
    {Opcode::Z, "Z", 1, 0, false, Shape::kDiagonal, Clifford::kAlways, kOnlyZ, kOnlyX | kOnlyY, kOnlyZ},
    {Opcode::H, "H", 1, 0, false, Shape::kMixing, Clifford::kAlways},
    {Opcode::S, "S", 1, 0, false, Shape::kDiagonal, Clifford::kAlways, kOnlyZ},
    {Opcode::SI, "SI", 1, 0, false, Shape::kDiagonal, Clifford::kAlways, kOnlyZ},
    {Opcode::T, "T", 1, 0, false, Shape::kDiagonal, Clifford::kNever, kOnlyZ},
    {Opcode::TI, "TI", 1, 0, false, Shape::kDiagonal, Clifford::kNever, kOnlyZ},
    {Opcode::V, "V", 1, 0, false, Shape::kMixing, Clifford::kAlways, kOnlyX},
    {Opcode::VI, "VI", 1, 0, false, Shape::kMixing, Clifford::kAlways, kOnlyX},
    {Opcode::RX, "RX", 1, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyX, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::RY, "RY", 1, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyY, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::RZ, "RZ", 1, 1, false, Shape::kDiagonal, Clifford::kAtQuarterTurns, kOnlyZ, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::XPOW, "XPOW", 1, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyX, kNoPauli, kOnlyX},
    {Opcode::YPOW, "YPOW", 1, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyY, kNoPauli, kOnlyY},
    {Opcode::ZPOW, "ZPOW", 1, 1, false, Shape::kDiagonal, Clifford::kAtQuarterTurns, kOnlyZ, kNoPauli, kOnlyZ},
    {Opcode::SWAP, "SWAP", 2, 0, false, Shape::kPermutation, Clifford::kAlways},
    {Opcode::XX, "XX", 2, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyX, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::YY, "YY", 2, 1, false, Shape::kMixing, Clifford::kAtQuarterTurns, kOnlyY, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::ZZ, "ZZ", 2, 1, false, Shape::kDiagonal, Clifford::kAtQuarterTurns, kOnlyZ, kNoPauli, kNoPauli,
     Angle::kRadians},
    {Opcode::PAULIEXP, "PAULIEXP", 0, -1},
    {Opcode::GPI, "GPI", 1, 1, true, Shape::kPermutation, Clifford::kAtQuarterTurns, kNoPauli, kOnlyZ},
    {Opcode::GPI2, "GPI2", 1, 1, true, Shape::kMixing, Clifford::kAtQuarterTurns},
    {Opcode::MS, "MS", 2, 3, true, Shape::kMixing, Clifford::kAtQuarterTurns},
    {Opcode::NATIVE_ZZ, "NATIVE_ZZ", 2, 1, true, Shape::kDiagonal, Clifford::kAtQuarterTurns, kOnlyZ, kNoPauli,
     kNoPauli, Angle::kTurns},
    {Opcode{25}, "NOP", 0, 0, true, Shape::kDiagonal, Clifford::kAlways, kAnyPauli, kNoPauli, kNoPauli, Angle::kNone,
     Pieces{}},
    {Opcode{26}, "COPY", 2, 0, true, Shape::kPermutation, Clifford::kAlways, kNoPauli, kNoPauli, kNoPauli, Angle::kNone,
     Pieces{{Opcode::X, {1}, {0}}}},
    {Opcode::PAULIEXP_STEP, "PAULIEXP_STEP", 0, -1},
};
inline constexpr std::size_t kGateCount = std::size(kGates);

constexpr const GateFacts& facts_of(Opcode opcode) { return kGates[static_cast<std::size_t>(opcode)]; }

namespace checks {

// Whether a sequence names targets that its gate has, and passes on parameters that its gates take.
constexpr bool fits(const GateFacts& gate) {
  if (!gate.pieces) return true;
  for (const Piece& piece : *gate.pieces) {
    const GateFacts& facts = facts_of(piece.opcode);
    if (facts.pieces || static_cast<int>(piece.targets.count) != facts.targets) return false;
    if (facts.params != 0 && facts.params != gate.params) return false;
    for (const std::uint8_t target : piece.targets) if (target >= gate.targets) return false;
    for (const std::uint8_t control : piece.controls) if (control >= gate.targets) return false;
  }
  return true;
}

// The shape that follows from the other columns. What commutes with Z on each of its targets is diagonal, and what anticommutes
// with Z permutes the states of a qubit; a sequence mixes no more than its gates do.
constexpr Shape shape_of(const GateFacts& gate) {
  if (gate.commuting & kOnlyZ) return Shape::kDiagonal;
  if (gate.anticommuting & kOnlyZ) return Shape::kPermutation;
  if (gate.opcode == Opcode::SWAP) return Shape::kPermutation;
  if (!gate.pieces) return Shape::kMixing;
  Shape shape = Shape::kDiagonal;
  for (const Piece& piece : *gate.pieces) shape = std::min(shape, facts_of(piece.opcode).shape);
  return shape;
}

constexpr bool is_sound() {
  for (std::size_t k = 0; k < kGateCount; ++k) {
    if (static_cast<std::size_t>(kGates[k].opcode) != k || !fits(kGates[k])) return false;
    if (kGates[k].shape != shape_of(kGates[k])) return false;
  }
  return true;
}

}  // namespace checks

static_assert(checks::is_sound(), "a row is missing or out of place, a sequence does not fit its gate, or a shape its columns");

}  // namespace paultrap
