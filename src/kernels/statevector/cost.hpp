// The cost model: the kinds of work that circuits take, and what each takes in updates of one amplitude. All constants
// stand here, those of work that Python does too; bench/fit_costs.py measures them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace paultrap {

enum class WorkKind {
  kCircuit,
  kGate,
  kOperation,
  kAmplitude,
  kPass,
  kTaylor,
  kState,
  kLargeState,
  kAnswer,
  kLargeAnswer,
  kCopy,
  kPattern,
  kMeasured,
  kLargeMeasured,
  kShot,
  kFault,
  kStabilizer,
  kWideGate,
  kWideWidth,
  kWideShot,
  kListed,
  kCompiled,
  kSearched,
  kFollowedGate,
  kFollowedAmplitude,
  kFollowedShot,
  kPlugin,
  kExactRun,
  kSampledRun,
  kCount,
};

struct WorkFacts {
  WorkKind kind;
  std::string_view name;
  double updates;
};

// By kind.
inline constexpr WorkFacts kWork[] = {
    {WorkKind::kCircuit, "circuit", 4'300},         // whatever is in it
    {WorkKind::kGate, "gate", 125},                 // reading it, merging it
    {WorkKind::kOperation, "operation", 500},       // starting a loop
    {WorkKind::kAmplitude, "amplitude", 1},       // in a cache
    {WorkKind::kPass, "pass", 10},                   // an amplitude that is read from memory for a group of operations
    {WorkKind::kTaylor, "taylor", 3.6},             // an amplitude in one term of a series
    {WorkKind::kState, "state", 8},                 // an amplitude that is made 0 and looked at in the end
    {WorkKind::kLargeState, "large state", 18},     // the same of a state that takes fresh memory
    {WorkKind::kAnswer, "answer", 12},               // a probability that is written out
    {WorkKind::kLargeAnswer, "large answer", 30},
    // 16 bytes are moved, not computed, but a batch of copies must not outgrow a batch of answers that were computed.
    {WorkKind::kCopy, "copy", 16},
    {WorkKind::kPattern, "pattern", 3'000},         // a run with errors that no other has
    {WorkKind::kMeasured, "measured", 4.9},         // an amplitude of a state of which shots are drawn
    {WorkKind::kLargeMeasured, "large measured", 16},
    {WorkKind::kShot, "shot", 560},
    {WorkKind::kFault, "fault", 200},
    {WorkKind::kStabilizer, "stabilizer", 20},      // a step of a Clifford circuit
    {WorkKind::kWideGate, "wide gate", 200},        // of a circuit of more than 64 qubits
    {WorkKind::kWideWidth, "wide width", 0.1},      // the cube of its qubits: elimination
    {WorkKind::kWideShot, "wide shot", 2'000},
    {WorkKind::kListed, "listed state", 105},        // of a Clifford circuit's exact answer
    {WorkKind::kCompiled, "compiled", 4'400},      // a native gate that the compiler makes
    {WorkKind::kSearched, "searched", 1'900},       // an entangler that is counted in search of the best way
    // Where outcomes of measurements within a circuit are followed: a gate, however small the states are; an amplitude;
    // and the errors and outcomes of a shot, at each gate.
    {WorkKind::kFollowedGate, "followed gate", 500'000},
    {WorkKind::kFollowedAmplitude, "followed amplitude", 100},
    {WorkKind::kFollowedShot, "followed shot", 2'000},
    // Of a circuit on a plug-in, whose time is not known here: so that a worker has some tens of them at once, and what is
    // done is seen and kept.
    {WorkKind::kPlugin, "plug-in", 1 << 26},
    // A chunk of circuits, whatever is in it.
    {WorkKind::kExactRun, "exact run", 142'000},
    {WorkKind::kSampledRun, "sampled run", 2'400'000},
};
inline constexpr std::size_t kWorkKinds = static_cast<std::size_t>(WorkKind::kCount);

constexpr bool is_in_order() {
  for (std::size_t k = 0; k < kWorkKinds; ++k) {
    if (kWork[k].kind != static_cast<WorkKind>(k)) return false;
  }
  return sizeof(kWork) / sizeof(kWork[0]) == kWorkKinds;
}
static_assert(is_in_order());

// How much of each kind there is.
struct Work {
  std::array<double, kWorkKinds> amounts{};

  double& operator[](WorkKind kind) { return amounts[static_cast<std::size_t>(kind)]; }

  double updates() const {
    double sum = 0;
    for (std::size_t k = 0; k < kWorkKinds; ++k) sum += kWork[k].updates * amounts[k];
    return sum;
  }
  // `times` the other.
  void add(const Work& other, double times = 1) {
    for (std::size_t k = 0; k < kWorkKinds; ++k) amounts[k] += times * other.amounts[k];
  }
};

// Of a state's amplitudes when it is computed exactly.
constexpr double kAnswerWeight = kWork[static_cast<std::size_t>(WorkKind::kAnswer)].updates;
// Less work than this is done before another thread has joined in.
constexpr double kWorthThreads = 200'000;

}  // namespace paultrap
