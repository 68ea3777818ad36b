// The cost model: what work takes, in updates of one amplitude. bench/fit_costs.py measures it.
#pragma once

namespace paultrap {

// A gate beside its updates: reading it, merging it, starting a loop.
constexpr double kGateOverhead = 600;
// An amplitude's probability: computing it, writing it out.
constexpr double kAnswerWeight = 8;
// What an entry of a copied answer counts as: 16 bytes are moved, not computed, but a batch of copies must not outgrow
// a batch of answers that were computed.
constexpr double kCopyCost = 16;
// Less work than this is done before another thread has joined in.
constexpr double kWorthThreads = 200'000;

}  // namespace paultrap
