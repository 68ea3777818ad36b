// What the scanner has read of a body, before it becomes the arrays of a Program.
#pragma once

#include <cstdint>
#include <vector>

#include "program/builder.hpp"

namespace paultrap {

// Gates of one list that were read one after the other, all of the list or a part.
// Small, as one thread looks through what others wrote.
struct Run {
  std::uint32_t begin = 0;   // in the body: at the list's '[', or at the '{' of a gate after a comma
  std::uint32_t end = 0;     // after the list's ']', or at the '{' of the next gate
  bool closed = false;       // which of the two
  bool native = false;       // the gateset that the names were looked up in
  std::uint8_t highest = 0;  // qubit
  Counts<std::uint32_t> from, to;  // in the columns
};

// The gates of some part of a body.
struct ReadColumns : GateColumns {
  std::vector<Run> runs;
};

}  // namespace paultrap
