#include "sampling_readout.hpp"

#include <algorithm>

namespace paultrap {

void misread(std::span<std::uint64_t> outcomes, int width, std::span<const double> readout, const Stream& random) {
  const std::uint64_t n_qubits = std::min<std::uint64_t>(width, readout.size() / 2);
  if (n_qubits == 0) return;
  const double most = *std::max_element(readout.begin(), readout.begin() + 2 * n_qubits);
  each_hit(most, outcomes.size() * n_qubits, random, [&](std::uint64_t place, std::array<std::uint32_t, 2> bits) {
    std::uint64_t& outcome = outcomes[place / n_qubits];
    const std::uint64_t qubit = place % n_qubits;
    if (bits[0] * 0x1p-32 * most < readout[2 * qubit + (outcome >> qubit & 1)]) outcome ^= std::uint64_t{1} << qubit;
  });
}

}  // namespace paultrap
