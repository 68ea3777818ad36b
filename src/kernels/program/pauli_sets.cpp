// Finds the sets of Pauli strings that are linked by not commuting.
#include "program/pauli_sets.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace paultrap {
namespace {

using String = std::span<const std::uint64_t>;

bool anticommute(String one, String other) {
  const std::size_t n_words = one.size() / 2;
  int both = 0;
  for (std::size_t w = 0; w < n_words; ++w) {
    both += std::popcount(one[w] & other[n_words + w]) + std::popcount(other[w] & one[n_words + w]);
  }
  return both & 1;
}

// Strings that others are products of. What commutes with these commutes with all, and there are at most two a qubit.
class Basis {
 public:
  void add(String string) {
    std::vector<std::uint64_t> rest(string.begin(), string.end());
    for (const Element& element : elements_) {
      if (!(rest[element.word] & element.bit)) continue;
      for (std::size_t w = 0; w < rest.size(); ++w) rest[w] ^= element.words[w];
    }
    const auto word = std::find_if(rest.begin(), rest.end(), [](std::uint64_t each) { return each != 0; });
    if (word == rest.end()) return;
    const auto place = static_cast<std::size_t>(word - rest.begin());
    elements_.push_back({place, std::bit_floor(*word), std::move(rest)});
  }

  void add(const Basis& other) {
    for (const Element& element : other.elements_) add(element.words);
  }

  bool commutes_with(String string) const {
    return std::none_of(elements_.begin(), elements_.end(),
                        [&](const Element& element) { return anticommute(element.words, string); });
  }

 private:
  struct Element {
    std::size_t word;
    std::uint64_t bit;  // which no later element has
    std::vector<std::uint64_t> words;
  };
  std::vector<Element> elements_;
};

struct Set {
  std::vector<std::size_t> members;
  Basis basis;

  void add(std::size_t member, String string) {
    members.push_back(member);
    basis.add(string);
  }

  void add(const Set& other) {
    members.insert(members.end(), other.members.begin(), other.members.end());
    basis.add(other.basis);
  }
};

class Linker {
 public:
  Linker(std::span<const std::uint64_t> strings, std::size_t n_words) : strings_(strings), length_(2 * n_words) {}

  std::vector<std::vector<std::size_t>> run() {
    for (std::size_t k = 0; k < strings_.size() / length_; ++k) add(k);
    std::vector<std::vector<std::size_t>> sets;
    for (const std::size_t member : alone_.members) sets.push_back({member});
    for (Set& set : linked_) {
      std::sort(set.members.begin(), set.members.end());
      sets.push_back(std::move(set.members));
    }
    std::sort(sets.begin(), sets.end());
    return sets;
  }

 private:
  String string(std::size_t k) const { return strings_.subspan(k * length_, length_); }

  void add(std::size_t k) {
    Set joined;
    // Sets commute with each other, and each has two strings that do not: there are no more of them than qubits.
    const auto first = std::stable_partition(linked_.begin(), linked_.end(),
                                             [&](const Set& set) { return set.basis.commutes_with(string(k)); });
    for (auto set = first; set != linked_.end(); ++set) {
      if (joined.members.size() < set->members.size()) std::swap(joined, *set);
      joined.add(*set);
    }
    linked_.erase(first, linked_.end());
    // This adds a string to a linked set that it is no product of: it happens twice for each qubit at most.
    if (!alone_.basis.commutes_with(string(k))) part_alone(k, joined);
    if (joined.members.empty()) return alone_.add(k, string(k));
    joined.add(k, string(k));
    linked_.push_back(std::move(joined));
  }

  void part_alone(std::size_t k, Set& joined) {
    Set rest;
    for (const std::size_t member : alone_.members) {
      (anticommute(string(member), string(k)) ? joined : rest).add(member, string(member));
    }
    alone_ = std::move(rest);
  }

  std::span<const std::uint64_t> strings_;
  std::size_t length_;
  Set alone_;  // of strings that commute with all so far
  std::vector<Set> linked_;
};

}  // namespace

std::vector<std::vector<std::size_t>> linked_sets(std::span<const std::uint64_t> strings, std::size_t n_words) {
  return Linker(strings, n_words).run();
}

}  // namespace paultrap
