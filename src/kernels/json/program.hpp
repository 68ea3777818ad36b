// Puts the gates that were read of a body together as the arrays of a Program.
#pragma once

#include <string_view>
#include <vector>

#include "json/columns.hpp"
#include "json/lists.hpp"
#include "json/table.hpp"
#include "program/builder.hpp"

namespace paultrap {

// Where one circuit's gates are in the body, and what is known of it.
struct CircuitSource {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int32_t width = -1;  // declared qubits; -1: none declared
  bool native = false;
};

struct ScannedProgram {
  NewProgram program;
  std::vector<std::int64_t> handed_back;  // circuits that are not in ordinary spelling
};

// Takes the circuits from `lists` where they are there (nullptr: nowhere) and reads the others. A circuit handed back
// has no gates and width 0. `body` must be followed by a NUL byte.
ScannedProgram make_program(std::string_view body, const std::vector<CircuitSource>& sources, const GateTable& table,
                           const GateLists* lists, int max_qubits);

}  // namespace paultrap
