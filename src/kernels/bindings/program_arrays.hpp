// A Program's arrays on their way from Python, which every binding takes, and on their way back.
#pragma once

#include <algorithm>
#include <cmath>

#include "bindings/arrays.hpp"
#include "program/builder.hpp"
#include "program/view.hpp"

namespace paultrap {

// Made by Python of all arrays at once; its layout has been checked, so that what reads it need not.
struct ProgramArrays : ProgramFields<Input> {
  ProgramView view() const {
    return all([](const auto&... arrays) { return ProgramView{{span(arrays)...}}; });
  }
};

constexpr double kMostMemory = 1e14;  // no machine has more, and sizes in bytes stay far from overflowing
constexpr int kMostThreads = 1024;

// Bytes as an int that Python takes: what no machine has is shown as the largest.
inline std::int64_t whole(double bytes) { return static_cast<std::int64_t>(std::min(std::ceil(bytes), 9e18)); }

// A tuple of the arrays in their order.
inline nanobind::tuple release(NewProgram& program) {
  return program.all([](auto&... arrays) { return nanobind::make_tuple(release(arrays)...); });
}

}  // namespace paultrap
