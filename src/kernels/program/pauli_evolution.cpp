// Decides whether a pauliexp asks for more than can be computed, and says what is wrong with it.
#include "program/pauli_evolution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <vector>

#include "program/pauli_sets.hpp"

namespace paultrap {
namespace {

// A gate's terms whose coefficients are not 0: the engine leaves the others out.
class Terms {
 public:
  Terms(std::span<const double> params, std::size_t n_targets)
      : time_(std::abs(params[0])), n_words_((n_targets + 63) / 64) {
    const std::size_t n = (params.size() - 1) / (1 + n_targets);
    for (std::size_t k = 0; k < n; ++k) {
      if (params[1 + k] == 0) continue;
      coefficients_.push_back(std::abs(params[1 + k]));
      add_string(params.subspan(1 + n + k * n_targets, n_targets));
    }
  }

  bool overflow() const {
    for (const double coefficient : coefficients_) {
      if (!std::isfinite(time_ * coefficient)) return true;
    }
    return false;
  }

  // The longest evolution of terms that are linked by not commuting; 0 where all commute.
  double longest() const {
    double most = 0;
    for (const std::vector<std::size_t>& set : linked_sets(strings_, n_words_)) {
      double sum = 0;
      for (const std::size_t k : set) sum += time_ * coefficients_[k];
      if (set.size() > 1) most = std::max(most, sum);
    }
    return most;
  }

 private:
  void add_string(std::span<const double> codes) {
    const std::size_t start = strings_.size();
    strings_.resize(start + 2 * n_words_, 0);
    for (std::size_t j = 0; j < codes.size(); ++j) {
      const std::uint64_t bit = std::uint64_t{1} << j % 64;
      if (codes[j] == 1 || codes[j] == 2) strings_[start + j / 64] |= bit;
      if (codes[j] >= 2) strings_[start + n_words_ + j / 64] |= bit;
    }
  }

  double time_;
  std::size_t n_words_;
  std::vector<double> coefficients_;
  std::vector<std::uint64_t> strings_;
};

// What is asked for is short even if no terms commute.
bool is_short(double time, std::span<const double> coefficients) {
  double sum = 0;
  for (const double coefficient : coefficients) sum += std::abs(time * coefficient);
  return sum <= kMaxEvolution;
}

}  // namespace

std::optional<std::string> evolution_problem(std::span<const double> params, std::size_t n_targets) {
  if (is_short(params[0], params.subspan(1, (params.size() - 1) / (1 + n_targets)))) return std::nullopt;
  const Terms terms(params, n_targets);
  if (terms.overflow()) return "the time times a coefficient is too large for a double";
  const double found = terms.longest();
  if (found <= kMaxEvolution) return std::nullopt;
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "%.6g", std::min(found, std::numeric_limits<double>::max()));
  return std::string("the time times the sum of the |coefficients| of terms that do not commute is ") + number.data() +
         (std::isfinite(found) ? "" : " or more") + ", and the limit is 1e+06; share the time out over several gates";
}

}  // namespace paultrap
