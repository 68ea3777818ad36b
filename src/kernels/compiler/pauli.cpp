// Lowers exponentials of sums of Pauli strings.
#include "compiler/pauli.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "compiler/controls.hpp"
#include "compiler/weyl.hpp"
#include "program/pauli_evolution.hpp"
#include "program/problem.hpp"

namespace paultrap {
namespace {

struct Term {
  double coefficient;
  std::span<const double> codes;
  std::uint64_t x = 0, z = 0;  // where the string flips, and where it has a sign; Y does both

  Term(double factor, std::span<const double> string) : coefficient(factor), codes(string) {
    for (std::size_t k = 0; k < codes.size(); ++k) {
      x |= std::uint64_t{codes[k] == 1 || codes[k] == 2} << k;
      z |= std::uint64_t{codes[k] >= 2} << k;
    }
  }
};

bool anticommute(const Term& a, const Term& b) { return std::popcount((a.x & b.z) ^ (a.z & b.x)) % 2 != 0; }

std::vector<Term> terms_of(Qubits targets, std::span<const double> params) {
  const std::size_t n = (params.size() - 1) / (1 + targets.size());
  std::vector<Term> terms;
  terms.reserve(n);
  for (std::size_t k = 0; k < n; ++k) {
    if (params[1 + k] == 0) continue;
    terms.emplace_back(params[1 + k], params.subspan(1 + n + k * targets.size(), targets.size()));
  }
  return terms;
}

// Terms on the same qubits side by side, so that the pairs among them become one block each.
void sort_by_support(std::vector<Term>& terms) {
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    return (a.x | a.z) < (b.x | b.z);
  });
}

// Whether all do, in a time linear in their number: strings commute where those that they are products of do, of which
// there are at most two for each qubit.
bool all_commute(const std::vector<Term>& terms) {
  std::vector<Term> basis;
  for (Term term : terms) {
    for (const Term& other : basis) {
      // Each has a highest bit of its own.
      const bool has_it = other.x ? term.x & std::bit_floor(other.x) : term.z & std::bit_floor(other.z);
      if (!has_it) continue;
      term.x ^= other.x;
      term.z ^= other.z;
    }
    if (term.x == 0 && term.z == 0) continue;
    for (const Term& other : basis) {
      if (anticommute(term, other)) return false;
    }
    basis.push_back(term);
  }
  return true;
}

// A bound on the error of one second-order step of time 1, over time cubed: A. M. Childs et al., Phys. Rev. X 11, 011020
// (2021), proposition 10, with a norm for each commutator of three terms. Of very many terms the outer commutators are
// taken at their largest, for the time that they take. Stops where it is above `most`.
double step_error(const std::vector<Term>& terms, double most) {
  constexpr std::size_t kFew = 300;
  const bool few = terms.size() <= kFew;
  double later = 0, error = 0;
  for (std::size_t j = terms.size(); j-- > 0 && error <= most;) {
    const double own = std::abs(terms[j].coefficient);
    for (std::size_t k = j + 1; k < terms.size(); ++k) {
      if (!anticommute(terms[j], terms[k])) continue;
      Term inner = terms[k];
      inner.x ^= terms[j].x;
      inner.z ^= terms[j].z;
      double outer = few ? 0 : later;
      for (std::size_t l = j + 1; few && l < terms.size(); ++l) {
        if (anticommute(inner, terms[l])) outer += std::abs(terms[l].coefficient);
      }
      error += 4 * own * std::abs(terms[k].coefficient) * (outer / 12 + own / 24);
    }
    later += own;
  }
  return error;
}

// The targets on which a term acts.
std::vector<std::size_t> support_of(const std::vector<Term>& terms, std::size_t n_targets) {
  std::vector<std::size_t> support;
  for (std::size_t k = 0; k < n_targets; ++k) {
    const auto acts = [&](const Term& term) { return term.codes[k] != 0; };
    if (std::any_of(terms.begin(), terms.end(), acts)) support.push_back(k);
  }
  return support;
}

constexpr const char* kTooLong = "pauliexp takes too many entanglers: ";

Matrix pauli(double code) {
  if (code == 0) return kIdentity;
  if (code == 1) return kPauliX;
  return code == 3 ? kPauliZ : Matrix{0, {0, -1}, {0, 1}, 0};
}

// exp(-i time H) on two qubits, by a Taylor series of a small part of the time, squared.
Matrix4 exponential(const std::vector<Term>& terms, std::size_t a, std::size_t b, double time) {
  Matrix4 generator{};
  double size = 0;
  for (const Term& term : terms) {
    const Matrix4 string = both(pauli(term.codes[a]), pauli(term.codes[b]));
    const Amplitude factor = -kI * Amplitude(time * term.coefficient);
    for (int k = 0; k < 16; ++k) generator[k] = generator[k] + factor * string[k];
    size += std::abs(time * term.coefficient);
  }
  const int squarings = size > 0.25 ? static_cast<int>(std::ceil(std::log2(4 * size))) : 0;
  const double scale = std::ldexp(1.0, -squarings);
  for (Amplitude& entry : generator) entry *= scale;
  Matrix4 result = both(kIdentity, kIdentity), power = result;
  for (int order = 1; order < 16; ++order) {
    power = product(power, generator);
    for (int k = 0; k < 16; ++k) {
      power[k] *= 1.0 / order;
      result[k] = result[k] + power[k];
    }
  }
  for (int k = 0; k < squarings; ++k) result = product(result, result);
  return result;
}

// The same on one qubit.
Matrix exponential(const std::vector<Term>& terms, std::size_t target, double time) {
  double c[4] = {};
  for (const Term& term : terms) c[static_cast<int>(term.codes[target])] += time * term.coefficient;
  const double length = std::sqrt(c[1] * c[1] + c[2] * c[2] + c[3] * c[3]);
  if (length == 0) return unit(-c[0]) * kIdentity;
  const Matrix axis = Amplitude(1 / length) * Matrix{c[3], {c[1], -c[2]}, {c[1], c[2]}, -c[3]};
  return rotation(2 * length, axis, unit(-c[0]));
}

class Exponential {
 public:
  Exponential(Steps& steps, Qubits targets, Qubits controls, Qubits idle)
      : steps_(steps), targets_(targets), controls_(controls), idle_(idle) {}

  void add(const Term& term, double time) {
    add_pauli_rotation(steps_, targets_, term.codes, 2 * near_zero(time * term.coefficient), controls_, idle_);
  }

  void add_product(const std::vector<Term>& terms, double time) {
    for (const Term& term : terms) {
      add(term, time);
      steps_.check_length(0, kTooLong);
    }
  }

  // Half of each term up to the last and back, `n` times. The steps of one time are known before those of all are made:
  // controls can make a million entanglers a billion.
  void add_trotter(const std::vector<Term>& terms, double time, double n) {
    const double step = time / n;
    const std::size_t first = steps_.size();
    for (std::size_t j = 0; j + 1 < terms.size(); ++j) add(terms[j], step / 2);
    add(terms.back(), step);
    for (std::size_t j = terms.size() - 1; j-- > 0;) add(terms[j], step / 2);
    const std::size_t last = steps_.size(), times = static_cast<std::size_t>(n);
    steps_.check_length((times - 1) * (last - first), kTooLong);
    steps_.repeat(first, last, times);
  }

  // Whether the terms touch so few qubits that their exponential could be added as a matrix.
  bool add_small(const std::vector<Term>& terms, double time) {
    const std::vector<std::size_t> support = support_of(terms, targets_.size());
    if (support.size() == 1) {
      add_controlled(steps_, controls_, targets_[support[0]], exponential(terms, support[0], time), idle_);
      return true;
    }
    if (support.size() != 2 || !controls_.empty()) return false;
    const std::optional<Weyl> weyl = weyl_of(exponential(terms, support[0], support[1], time));
    if (weyl) weyl->add(steps_, targets_[support[0]], targets_[support[1]]);
    return weyl.has_value();
  }

 private:
  Steps& steps_;
  Qubits targets_, controls_, idle_;
};

// The largest terms commute with all others (see program/pauli_evolution.hpp), which would be lost beside them.
void add_large(Exponential& exponential, std::vector<Term>& terms, double time) {
  const auto first = std::stable_partition(terms.begin(), terms.end(), [&](const Term& term) {
    return std::abs(time * term.coefficient) <= kMaxEvolution;
  });
  exponential.add_product({first, terms.end()}, time);
  terms.erase(first, terms.end());
}

// Let products of three coefficients, and the time's cube, neither overflow nor vanish.
double rescaled(std::vector<Term>& terms, double time) {
  if (std::abs(time) < kLargeFactor && std::abs(time) > 1 / kLargeFactor) return time;
  for (Term& term : terms) term.coefficient *= time;
  return 1;
}

}  // namespace

void add_pauli_rotation(Steps& steps, Qubits targets, std::span<const double> codes, double angle, Qubits controls,
                        Qubits idle) {
  std::vector<Qubit> active;
  for (std::size_t k = 0; k < targets.size(); ++k) {
    if (codes[k] != 0) active.push_back(targets[k]);
  }
  if (active.empty()) {
    if (!controls.empty()) add_controlled(steps, controls.subspan(1), controls[0], phase_gate(-angle / 2), idle);
    return;
  }
  const auto turn_to_z = [&](bool back) {
    for (std::size_t k = 0; k < targets.size(); ++k) {
      if (codes[k] == 1) steps.one(targets[k], kHadamard);
      if (codes[k] == 2) steps.one(targets[k], back ? adjoint(kQuarterX) : kQuarterX);
    }
  };
  turn_to_z(false);
  const bool pair = controls.empty() && active.size() > 1;
  const std::size_t first = steps.size();
  for (std::size_t k = 0; k + (pair ? 2 : 1) < active.size(); ++k) steps.cx(active[k], active[k + 1]);
  const std::size_t end = steps.size();
  if (pair) {
    steps.zz(active[active.size() - 2], active.back(), angle);
  } else {
    add_controlled(steps, controls, active.back(), rotation_z(angle), idle);
  }
  steps.undo(first, end);
  turn_to_z(true);
}

void add_pauliexp(Steps& steps, Qubits targets, std::span<const double> params, Qubits controls, Qubits idle) {
  const double whole = params[0];
  std::vector<Term> terms = terms_of(targets, params);
  if (terms.empty() || whole == 0) return;
  sort_by_support(terms);
  Exponential exponential(steps, targets, controls, idle);
  if (all_commute(terms)) return exponential.add_product(terms, whole);
  add_large(exponential, terms, whole);
  const double time = rescaled(terms, whole);
  if (exponential.add_small(terms, time)) return;
  const double cubed = std::pow(std::abs(time), 3) / kTrotterError;
  double entanglers = 0;  // of one step
  for (const Term& term : terms) entanglers += 2 * std::max(2.0 * std::popcount(term.x | term.z) - 3, 1.0);
  const double most_steps = std::floor(kMostEntanglers / entanglers);
  const double n = std::ceil(std::sqrt(step_error(terms, most_steps * most_steps / cubed) * cubed));
  if (!(n <= most_steps)) {
    throw CircuitProblem("pauliexp would take more than a million entanglers to stay within 1e-3 of its terms "
                                "that do not commute");
  }
  exponential.add_trotter(terms, time, std::max(n, 1.0));
}

void add_pauliexp_step(Steps& steps, Qubits targets, std::span<const double> params, Qubits controls, Qubits idle) {
  std::vector<Term> terms = terms_of(targets, params);
  if (all_commute(terms)) sort_by_support(terms);
  Exponential(steps, targets, controls, idle).add_product(terms, params[0]);
}

}  // namespace paultrap
