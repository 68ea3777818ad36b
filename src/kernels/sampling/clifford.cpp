// Samples Clifford circuits from their affine supports.
#include "sampling/clifford.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "sampling/random.hpp"
#include "stabilizer/support.hpp"

namespace paultrap {
namespace {

std::uint64_t random_word(const Stream& random, std::uint64_t place) {
  const auto bits = random(place);
  return std::uint64_t{bits[0]} << 32 | bits[1];
}

void choose(const Stream& random, std::uint64_t shot, std::uint64_t& choice) { choice = random_word(random, shot); }

// The first word is the one that a narrow circuit has.
template <int N>
void choose(const Stream& random, std::uint64_t shot, Words<N>& choice) {
  for (int k = 0; k < N; ++k) choice.words[k] = random_word(random, static_cast<std::uint64_t>(k) << 32 | shot);
}

}  // namespace

template <class S>
void sample_clifford(const CliffordCircuit& circuit, const Sites& sites, std::uint64_t seed, std::uint32_t index,
                     std::span<S> outcomes) {
  std::fill(outcomes.begin(), outcomes.end(), S{});
  std::vector<CliffordFault> faults;
  for (const Fault& fault : draw_faults(sites, static_cast<std::uint32_t>(outcomes.size()), seed, index)) {
    faults.push_back({gate_of(fault.event), fault.shot, qubit_of(fault.event),
                      static_cast<std::uint8_t>(parts_of_event(fault.event))});
  }
  std::sort(faults.begin(), faults.end(), [](const CliffordFault& one, const CliffordFault& other) {
    return std::tuple(one.column / 64, one.gate) < std::tuple(other.column / 64, other.gate);
  });
  propagate<S>(circuit, faults, outcomes);
  const Support<S> support = support_of<S>(circuit);
  const Stream random(seed, index, Purpose::kSupport);
  S choice;
  for (std::size_t shot = 0; shot < outcomes.size(); ++shot) {
    choose(random, shot, choice);
    outcomes[shot] ^= support.state(choice);
  }
}

template void sample_clifford(const CliffordCircuit&, const Sites&, std::uint64_t, std::uint32_t, std::span<std::uint64_t>);
template void sample_clifford(const CliffordCircuit&, const Sites&, std::uint64_t, std::uint32_t, std::span<Words<2>>);
template void sample_clifford(const CliffordCircuit&, const Sites&, std::uint64_t, std::uint32_t, std::span<Words<4>>);
template void sample_clifford(const CliffordCircuit&, const Sites&, std::uint64_t, std::uint32_t, std::span<Words<8>>);

}  // namespace paultrap
