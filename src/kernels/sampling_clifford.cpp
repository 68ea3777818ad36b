#include "sampling_clifford.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "sampling_random.hpp"
#include "stabilizer_support.hpp"

namespace paultrap {

void sample_clifford(const CliffordCircuit& circuit, const Sites& sites, std::uint64_t seed, std::uint32_t index,
                     std::span<std::uint64_t> outcomes) {
  std::fill(outcomes.begin(), outcomes.end(), 0);
  std::vector<CliffordFault> faults;
  for (const Fault& fault : draw_faults(sites, static_cast<std::uint32_t>(outcomes.size()), seed, index)) {
    faults.push_back({gate_of(fault.event), fault.shot, qubit_of(fault.event),
                      static_cast<std::uint8_t>(parts_of_event(fault.event))});
  }
  std::sort(faults.begin(), faults.end(), [](const CliffordFault& one, const CliffordFault& other) {
    return std::tuple(one.column / 64, one.gate) < std::tuple(other.column / 64, other.gate);
  });
  propagate(circuit, faults, outcomes);
  const Support support = support_of(circuit);
  const Stream random(seed, index, Purpose::kSupport);
  for (std::size_t shot = 0; shot < outcomes.size(); ++shot) {
    const auto bits = random(shot);
    outcomes[shot] ^= support.state(std::uint64_t{bits[0]} << 32 | bits[1]);
  }
}

}  // namespace paultrap
