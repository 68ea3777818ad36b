// Reads all gate lists of a body, in pieces and on several threads.
#include "json/lists.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "json/gates.hpp"
#include "json/grammar.hpp"
#include "threads/parallel.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kSmallestPiece = 16 * 1024;
constexpr std::size_t kLargestPiece = 96 * 1024;
constexpr std::size_t kAhead = 4;  // runs
constexpr std::size_t kPieces = 16;  // at least, where they are not too small

std::size_t piece_size(std::size_t body) {
  return std::clamp(body / kPieces + 1, kSmallestPiece, kLargestPiece);
}

// The next '[' or '{' from p on, or `end`.
const char* find_open(const char* p, const char* end) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  for (; end - p >= 8; p += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, p, 8);
    const std::uint64_t other = (bytes | (ones * 0x20)) ^ (ones * '{');  // the two differ in that bit
    if (const std::uint64_t marks = (other - ones) & ~other & (ones * 0x80)) return p + std::countr_zero(marks) / 8;
  }
  while (p < end && *p != '[' && *p != '{') ++p;
  return p;
}

// The end of the text before p without the spaces at its end.
const char* skip_back(const char* begin, const char* p) {
  while (p > begin && (p[-1] == ' ' || p[-1] == '\n' || p[-1] == '\r' || p[-1] == '\t')) --p;
  return p;
}

bool ends_with(const char* begin, const char* p, std::string_view text) {
  return p - begin >= static_cast<std::ptrdiff_t>(text.size()) &&
         std::memcmp(p - text.size(), text.data(), text.size()) == 0;
}

// Whether `"circuit":` is right before p.
bool begins_list(const char* begin, const char* p) {
  p = skip_back(begin, p);
  return ends_with(begin, p, ":") && ends_with(begin, skip_back(begin, p - 1), "\"circuit\"");
}

// Whether `},` is right before p.
bool follows_gate(const char* begin, const char* p) {
  p = skip_back(begin, p);
  return ends_with(begin, p, ",") && ends_with(begin, skip_back(begin, p - 1), "}");
}

}  // namespace

GateLists::GateLists(std::string_view body, const GateTable& table, std::size_t piece)
    : body_(body), table_(table), piece_(piece ? piece : piece_size(body.size())) {
  // The columns count in 32 bits.
  if (body.size() > std::numeric_limits<std::uint32_t>::max()) return;
  pieces_.resize((body.size() + piece_ - 1) / piece_);
  parallel_for(pieces_.size(), processors(), [this](std::size_t index) { read_piece(index); });
}

void GateLists::read_piece(std::size_t index) {
  const char* const begin = body_.data();
  const char* p = begin + index * piece_;
  const char* const stop = begin + std::min(body_.size(), (index + 1) * piece_);
  ReadColumns& columns = pieces_[index];
  const std::size_t likely = static_cast<std::size_t>(stop - p) / 48;  // bytes of a short gate
  columns.make_room(likely, 2 * likely, likely);
  GateReader reader(body_, table_, columns);
  bool within_list = index > 0;  // perhaps, until one begins
  while ((p = find_open(p, stop)) < stop) {
    const bool list = *p == '[';
    if (list ? !begins_list(begin, p) : !within_list || !follows_gate(begin, p)) {
      ++p;
      continue;
    }
    const bool read = reader.read(p, stop);
    if (list || read) within_list = false;
    p = read ? begin + columns.runs.back().end : reader.failed_at() + 1;
  }
}

bool GateLists::find(std::int64_t begin, Place& place) const {
  const std::size_t index = static_cast<std::size_t>(begin) / piece_;
  if (index >= pieces_.size()) return false;
  const std::vector<Run>& runs = pieces_[index].runs;
  std::size_t run = place.piece == index ? place.run + 1 : 0;
  if (run >= runs.size() || runs[run].begin != begin) {
    const auto at = std::lower_bound(runs.begin(), runs.end(), begin,
                                     [](const Run& one, std::int64_t where) { return one.begin < where; });
    if (at == runs.end() || at->begin != begin) return false;
    run = static_cast<std::size_t>(at - runs.begin());
  }
  // The reader goes on behind the list's end, in memory that another core read last.
  if (run + kAhead < runs.size()) __builtin_prefetch(body_.data() + runs[run + kAhead].end);
  place = {index, run};
  return true;
}

}  // namespace paultrap
