// Reads the gate lists of a whole body on several threads, before anybody knows where they are.
//
// The body is cut into pieces, and each piece is searched for what looks like a gate list's begin, or like a gate in
// the middle of one. What is read from there depends on the bytes from there on only, so a reader of the whole body
// that comes to such a place may take it; what it does not come to is left alone. A list that reaches over the end of
// a piece goes on with the run that begins where it was left.
#pragma once

#include <string_view>
#include <vector>

#include "json/columns.hpp"
#include "json/table.hpp"

namespace paultrap {

class GateLists {
 public:
  // `body` must be followed by a NUL byte, and outlive this. `piece` is in bytes; 0: what suits the body.
  GateLists(std::string_view body, const GateTable& table, std::size_t piece);

  const GateTable& table() const { return table_; }
  std::string_view body() const { return body_; }

  // Where the last run was found; the next one is mostly looked for right behind it.
  struct Place {
    std::size_t piece = 0, run = 0;
  };

  // Calls visit(columns, run) for each run of the list that begins at `begin`. Returns where the list ends in the
  // body, or -1 where it is not known.
  template <typename Visit>
  std::int64_t visit(std::int64_t begin, Place& place, const Visit& visit) const {
    while (find(begin, place)) {
      const ReadColumns& columns = pieces_[place.piece];
      const Run& run = columns.runs[place.run];
      visit(columns, run);
      if (run.closed) return run.end;
      begin = run.end;
    }
    return -1;
  }

  std::int64_t end_of(std::int64_t begin, Place& place) const {
    return visit(begin, place, [](const ReadColumns&, const Run&) {});
  }

 private:
  void read_piece(std::size_t index);
  bool find(std::int64_t begin, Place& place) const;

  const std::string_view body_;
  const GateTable& table_;
  std::size_t piece_;
  std::vector<ReadColumns> pieces_;
};

}  // namespace paultrap
