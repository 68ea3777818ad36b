// Which Pauli strings are linked by not commuting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace paultrap {

// The sets of strings that are linked, each with its members ascending, in the order of their first members; a string
// that commutes with all others is a set of its own. `strings` has for each string `n_words` words of the qubits where
// it flips, then as many of those where it has a sign (Y does both). Takes a time linear in the number of strings.
std::vector<std::vector<std::size_t>> linked_sets(std::span<const std::uint64_t> strings, std::size_t n_words);

}  // namespace paultrap
