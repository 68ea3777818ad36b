// What pauliexp can be asked for: the one rule that the readers, the engine and the compiler keep to.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace paultrap {

// Time times the sum of the |coefficients| of terms that do not commute: past this the evolution would seem to hang.
// Terms that commute with all others are rotations, for which any angle will do.
constexpr double kMaxEvolution = 1e6;
// A time or coefficients beyond this are multiplied before anything else is done with either.
constexpr double kLargeFactor = 1e30;

// What is wrong with a pauliexp, in words for a person, or nothing. `params` as Program has them, of a valid gate.
std::optional<std::string> evolution_problem(std::span<const double> params, std::size_t n_targets);

}  // namespace paultrap
