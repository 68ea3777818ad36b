// Flips the bits of outcomes that are read wrongly.
#include "sampling/readout.hpp"

#include <algorithm>
#include <stdexcept>

#include "stabilizer/words.hpp"

namespace paultrap {

void check_readout(std::span<const double> readout) {
  for (const double probability : readout) {
    if (!(probability >= 0 && probability <= 1)) throw std::invalid_argument("readout: a probability is not from 0 to 1");
  }
}

template <class S>
void misread(std::span<S> outcomes, int width, std::span<const double> readout, const Stream& random) {
  const std::uint64_t n_qubits = std::min<std::uint64_t>(width, readout.size() / 2);
  if (n_qubits == 0) return;
  const double most = *std::max_element(readout.begin(), readout.begin() + 2 * n_qubits);
  each_hit(most, outcomes.size() * n_qubits, random, [&](std::uint64_t place, std::array<std::uint32_t, 2> bits) {
    S& outcome = outcomes[place / n_qubits];
    const int qubit = static_cast<int>(place % n_qubits);
    if (bits[0] * 0x1p-32 * most < readout[2 * qubit + has(outcome, qubit)]) flip(outcome, qubit);
  });
}

template void misread(std::span<std::uint64_t>, int, std::span<const double>, const Stream&);
template void misread(std::span<Words<2>>, int, std::span<const double>, const Stream&);
template void misread(std::span<Words<4>>, int, std::span<const double>, const Stream&);
template void misread(std::span<Words<8>>, int, std::span<const double>, const Stream&);

}  // namespace paultrap
