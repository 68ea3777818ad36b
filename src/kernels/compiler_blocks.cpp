#include "compiler_blocks.hpp"

#include <numeric>

#include "compiler_weyl.hpp"

namespace paultrap {
namespace {

// An interaction with what comes before it on its qubits since their last one.
struct Interaction {
  Qubit a, b;
  std::uint32_t block;
  double angle;
  Matrix before[2];
};

struct Blocks {
  std::vector<Interaction> interactions;  // by block, in order within each
  std::vector<std::uint32_t> starts;      // of each block, and the end
  std::vector<Matrix> last;               // what comes after all interactions, by qubit
};

constexpr std::uint32_t kNoBlock = ~std::uint32_t{0};

// Blocks in the order in which they open: two that share a qubit are in the circuit's order.
std::vector<Interaction> by_block(const std::vector<Interaction>& interactions, std::vector<std::uint32_t>& starts) {
  for (const Interaction& interaction : interactions) ++starts[interaction.block + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
  std::vector<Interaction> sorted(interactions.size());
  for (const Interaction& interaction : interactions) sorted[next[interaction.block]++] = interaction;
  return sorted;
}

Blocks blocks_of(const Steps& steps, int width) {
  std::vector<Matrix> waiting(width, kIdentity);
  std::vector<std::uint32_t> open(width, kNoBlock);
  std::vector<Interaction> interactions;
  std::vector<Qubit> firsts;  // the first qubit of each block
  for (const Step& step : steps.list()) {
    if (!step.entangles) {
      waiting[step.a] = product(step.matrix, waiting[step.a]);
      continue;
    }
    if (open[step.a] == kNoBlock || open[step.a] != open[step.b]) {
      open[step.a] = open[step.b] = static_cast<std::uint32_t>(firsts.size());
      firsts.push_back(step.a);
    }
    const std::uint32_t block = open[step.a];
    const bool turned = firsts[block] != step.a;
    const Qubit a = turned ? step.b : step.a, b = turned ? step.a : step.b;
    interactions.push_back({a, b, block, step.angle, {waiting[a], waiting[b]}});
    waiting[a] = waiting[b] = kIdentity;
  }
  Blocks blocks;
  blocks.starts.assign(firsts.size() + 1, 0);
  blocks.interactions = by_block(interactions, blocks.starts);
  blocks.last = std::move(waiting);
  return blocks;
}

// A block's canonical form, where that takes fewer entanglers.
std::optional<Weyl> shorter(std::span<const Interaction> block) {
  if (block.size() < 2) return std::nullopt;
  Matrix4 unitary = both(kIdentity, kIdentity);
  for (const Interaction& interaction : block) {
    unitary = product(both(interaction.before[0], interaction.before[1]), unitary);
    follow_zz(interaction.angle, unitary);
  }
  std::optional<Weyl> weyl = weyl_of(unitary);
  if (weyl && weyl->entanglers() >= static_cast<int>(block.size())) weyl.reset();
  return weyl;
}

void write_steps(const Steps& steps, NativeWriter& writer) {
  for (const Step& step : steps.list()) {
    step.entangles ? writer.zz(step.a, step.b, step.angle) : writer.one(step.a, step.matrix);
  }
}

}  // namespace

void write_blocks(const Steps& steps, int width, NativeWriter& writer) {
  const Blocks blocks = blocks_of(steps, width);
  Steps replacement;
  for (std::size_t k = 0; k + 1 < blocks.starts.size(); ++k) {
    const auto block = std::span(blocks.interactions).subspan(blocks.starts[k], blocks.starts[k + 1] - blocks.starts[k]);
    if (const std::optional<Weyl> weyl = shorter(block)) {
      replacement.clear();
      weyl->add(replacement, block[0].a, block[0].b);
      write_steps(replacement, writer);
      continue;
    }
    for (const Interaction& interaction : block) {
      writer.one(interaction.a, interaction.before[0]);
      writer.one(interaction.b, interaction.before[1]);
      writer.zz(interaction.a, interaction.b, interaction.angle);
    }
  }
  for (int qubit = 0; qubit < width; ++qubit) writer.one(static_cast<Qubit>(qubit), blocks.last[qubit]);
}

}  // namespace paultrap
