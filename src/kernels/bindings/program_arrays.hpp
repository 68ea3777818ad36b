// A Program's arrays on their way from Python, which every binding takes, and on their way back.
#pragma once

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

// A tuple of the arrays in their order.
inline nanobind::tuple release(NewProgram& program) {
  return program.all([](auto&... arrays) { return nanobind::make_tuple(release(arrays)...); });
}

}  // namespace paultrap
