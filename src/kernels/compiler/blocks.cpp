// Gathers a circuit's interactions by pairs of qubits, and writes each pair with as few as it takes.
#include "compiler/blocks.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/weyl.hpp"

namespace paultrap {
namespace {

// With `frame` all one-qubit unitaries that came before it on a qubit, an interaction is exp(-i angle/2 A B) on the qubits
// as they were at the circuit's start, where A = frame^dagger Z frame is a Pauli matrix along `axis`. So one-qubit
// unitaries are in nobody's way until the circuit's end, and which interactions commute is plain to see.
using Axis = std::array<double, 3>;

struct Interaction {
  Qubit a, b;
  std::uint32_t block;
  double angle;
  Matrix frame[2];
};

// The axes of a block's interactions on one of its qubits.
struct Side {
  Axis axis;
  bool one_axis = true;
};

struct PairBlock {
  Qubit a, b;
  std::uint32_t size = 0;
  Side sides[2];

  bool on(Qubit x, Qubit y) const { return (a == x && b == y) || (a == y && b == x); }
  const Side& side(Qubit qubit) const { return sides[qubit == b]; }
  bool is_one_interaction() const { return sides[0].one_axis && sides[1].one_axis; }
};

constexpr double kParallel = 1e-13;
constexpr int kFarthest = 64;  // blocks to look back over

Axis axis_of(const Matrix& frame) {
  const Amplitude off = conj(frame.m00) * frame.m01 + -(conj(frame.m10) * frame.m11);
  return {off.re, -off.im, norm(frame.m00) - norm(frame.m10)};
}

bool parallel(const Axis& x, const Axis& y) {
  const double cross[3] = {x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]};
  return std::abs(cross[0]) < kParallel && std::abs(cross[1]) < kParallel && std::abs(cross[2]) < kParallel;
}

// Of unit length again, as rounding adds up over a long circuit.
Matrix unitary_product(const Matrix& later, const Matrix& earlier) {
  const Matrix m = product(later, earlier);
  const double length = norm(m.m00) + norm(m.m01) + norm(m.m10) + norm(m.m11);
  return Amplitude(std::sqrt(2 / length)) * m;
}

class Grouping {
 public:
  explicit Grouping(int width) : frames_(width, kIdentity), blocks_on_(width) {}

  void add(const Step& step) {
    if (!step.entangles) {
      frames_[step.a] = unitary_product(step.matrix, frames_[step.a]);
      return;
    }
    const Axis axes[2] = {axis_of(frames_[step.a]), axis_of(frames_[step.b])};
    const std::uint32_t index = find(step.a, step.b, axes);
    PairBlock& block = blocks_[index];
    const bool turned = block.a != step.a;
    for (int k = 0; k < 2; ++k) join(block, block.sides[turned ? 1 - k : k], axes[k]);
    ++block.size;
    interactions_.push_back({block.a, block.b, index, step.angle, {frames_[block.a], frames_[block.b]}});
  }

  const std::vector<PairBlock>& blocks() const { return blocks_; }
  const std::vector<Matrix>& frames() const { return frames_; }  // at the end

  // By block, in order within each. Blocks are in the order in which they opened, which keeps those that do not commute
  // in the circuit's order.
  std::vector<Interaction> interactions() const {
    std::vector<std::uint32_t> next;
    std::uint32_t sum = 0;
    for (const PairBlock& block : blocks_) {
      next.push_back(sum);
      sum += block.size;
    }
    std::vector<Interaction> sorted(interactions_.size());
    for (const Interaction& interaction : interactions_) sorted[next[interaction.block]++] = interaction;
    return sorted;
  }

 private:
  static void join(const PairBlock& block, Side& side, const Axis& axis) {
    if (block.size == 0) side.axis = axis;
    side.one_axis = side.one_axis && parallel(side.axis, axis);
  }

  // The block on this pair that an interaction belongs to: the last one, where it commutes with all since.
  std::uint32_t find(Qubit a, Qubit b, const Axis (&axes)[2]) {
    auto on_a = blocks_on_[a].rbegin(), on_b = blocks_on_[b].rbegin();
    const auto end_a = blocks_on_[a].rend(), end_b = blocks_on_[b].rend();
    for (int passed = 0; passed < kFarthest && on_a != end_a && on_b != end_b; ++passed) {
      const std::uint32_t index = std::max(*on_a, *on_b);
      const PairBlock& block = blocks_[index];
      if (block.on(a, b)) {
        if (passed == 0 || gains(block, a, b, axes)) return index;
        break;
      }
      const bool shares_a = *on_a == index;
      const Side& side = block.side(shares_a ? a : b);
      if (!side.one_axis || !parallel(side.axis, axes[shares_a ? 0 : 1])) break;
      shares_a ? ++on_a : ++on_b;
    }
    const auto index = static_cast<std::uint32_t>(blocks_.size());
    blocks_.push_back({a, b, 0, {}});
    blocks_on_[a].push_back(index);
    blocks_on_[b].push_back(index);
    return index;
  }

  // Whether a block surely takes no more entanglers with one more interaction. Else that is better left where it is,
  // as it would keep others from passing the block.
  static bool gains(const PairBlock& block, Qubit a, Qubit b, const Axis (&axes)[2]) {
    const Side &first = block.side(a), &second = block.side(b);
    return block.size >= 3 ||
           (block.is_one_interaction() && parallel(first.axis, axes[0]) && parallel(second.axis, axes[1]));
  }

  std::vector<Matrix> frames_;
  std::vector<std::vector<std::uint32_t>> blocks_on_;
  std::vector<PairBlock> blocks_;
  std::vector<Interaction> interactions_;
};

Matrix4 unitary_of(std::span<const Interaction> block) {
  Matrix4 unitary = both(kIdentity, kIdentity);
  for (const Interaction& interaction : block) {
    const Matrix* frame = interaction.frame;
    unitary = product(both(frame[0], frame[1]), unitary);
    follow_zz(interaction.angle, unitary);
    unitary = product(both(adjoint(frame[0]), adjoint(frame[1])), unitary);
  }
  return unitary;
}

// The angle of one interaction that does what a block does whose axes are all parallel to those of its first one.
double sum_of(std::span<const Interaction> block) {
  const auto direction = [&](const Interaction& interaction, int side) {
    const Axis x = axis_of(block[0].frame[side]), y = axis_of(interaction.frame[side]);
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
  };
  double sum = 0;
  for (const Interaction& interaction : block) {
    const bool against = direction(interaction, 0) * direction(interaction, 1) < 0;
    sum += against ? -interaction.angle : interaction.angle;
  }
  return sum;
}

// A block's canonical form, where that takes fewer entanglers.
std::optional<Weyl> shorter(std::span<const Interaction> block) {
  const auto size = static_cast<int>(block.size());
  const Matrix4 unitary = unitary_of(block);
  if (interactions_of(unitary) >= size) return std::nullopt;
  std::optional<Weyl> weyl = weyl_of(unitary);
  if (weyl && weyl->entanglers() >= size) weyl.reset();
  return weyl;
}

// Keeps the frame that each qubit is in, and writes what leads from it to the next.
class FrameWriter {
 public:
  FrameWriter(int width, NativeWriter& writer) : frames_(width, kIdentity), writer_(writer) {}

  void turn(Qubit qubit, const Matrix& frame) {
    writer_.one(qubit, product(frame, adjoint(frames_[qubit])));
    frames_[qubit] = frame;
  }

 private:
  std::vector<Matrix> frames_;
  NativeWriter& writer_;
};

void write_steps(const Steps& steps, NativeWriter& writer) {
  for (const Step& step : steps.list()) {
    step.entangles ? writer.zz(step.a, step.b, step.angle) : writer.one(step.a, step.matrix);
  }
}

}  // namespace

std::size_t count_entanglers(const Steps& steps, int width) {
  Grouping grouping(width);
  for (const Step& step : steps.list()) grouping.add(step);
  const std::vector<Interaction> interactions = grouping.interactions();
  std::span<const Interaction> rest(interactions);
  std::size_t count = 0;
  for (const PairBlock& block : grouping.blocks()) {
    const auto own = rest.first(block.size);
    rest = rest.subspan(block.size);
    count += block.is_one_interaction() ? !NativeWriter::is_local(sum_of(own))
                                        : std::min<std::size_t>(interactions_of(unitary_of(own)), own.size());
  }
  return count;
}

void write_blocks(const Steps& steps, int width, NativeWriter& writer) {
  Grouping grouping(width);
  for (const Step& step : steps.list()) grouping.add(step);
  const std::vector<Interaction> interactions = grouping.interactions();
  std::span<const Interaction> rest(interactions);
  FrameWriter frames(width, writer);
  Steps replacement;
  const auto write = [&](const Interaction& interaction, double angle) {
    frames.turn(interaction.a, interaction.frame[0]);
    frames.turn(interaction.b, interaction.frame[1]);
    writer.zz(interaction.a, interaction.b, angle);
  };
  for (const PairBlock& block : grouping.blocks()) {
    const auto own = rest.first(block.size);
    rest = rest.subspan(block.size);
    if (block.is_one_interaction()) {
      write(own[0], sum_of(own));
    } else if (const std::optional<Weyl> weyl = shorter(own)) {
      frames.turn(block.a, kIdentity);
      frames.turn(block.b, kIdentity);
      replacement.clear();
      weyl->add(replacement, block.a, block.b);
      write_steps(replacement, writer);
    } else {
      for (const Interaction& interaction : own) write(interaction, interaction.angle);
    }
  }
  for (int qubit = 0; qubit < width; ++qubit) frames.turn(static_cast<Qubit>(qubit), grouping.frames()[qubit]);
}

}  // namespace paultrap
