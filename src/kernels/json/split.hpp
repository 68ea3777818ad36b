// Checks a JSON text and cuts the gate lists out of a job's body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/lists.hpp"

namespace paultrap {

// What is wrong with a text, and where; thrown by check and split.
struct Problem {
  std::string message;
  std::string path;     // e.g. input.circuits[3].name; empty at the top
  std::size_t offset;   // in bytes
};

struct Split {
  std::string envelope;               // the body with null for every gate list
  std::vector<std::int64_t> spans;    // begin and end of each gate list in the body
  std::vector<std::int64_t> owners;   // the circuit that each belongs to; -1: input.circuit
  std::string root = "input";         // the key that held them, "input" or its alias "body"
  std::int64_t circuits = 0;          // the entries of the largest list of circuits
  bool plain = true;                  // no entry has other keys than "name" and "circuit"
};

// Objects and lists may hold one another this deep.
inline constexpr int kMaxDepth = 64;

// Checks that `text` is one JSON value: grammar, UTF-8, depth, the length of numbers, and that
// no object gives one key two values. The byte after the text must be NUL.
void check(std::string_view text);

// The same check for a body outside its gate lists, which are only cut out. The lists of the same body make it
// faster, as those that were read need not be skipped; they change nothing else.
Split split(std::string_view body, const GateLists* lists);

}  // namespace paultrap
