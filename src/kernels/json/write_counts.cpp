// Writes counts and single shots on several threads.
#include "json/write_counts.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "threads/parallel.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kLongestInteger = 20;
constexpr std::string_view kShotHead = "{\"registers\":{\"output_all\":[";
constexpr std::string_view kShotTail = "]}}";

char* copy(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Runs `write(to, i)` for all entries, in pieces of kPieceUnits with commas between entries; all
// but the first piece begin with a comma. An entry takes at most `longest` bytes.
template <typename Write>
std::vector<Text> in_pieces(std::size_t entries, std::size_t longest, const Write& write) {
  std::vector<Text> texts((entries + kPieceUnits - 1) / kPieceUnits);
  parallel_for(texts.size(), processors(), [&](std::size_t piece) {
    const std::size_t first = piece * kPieceUnits, last = std::min(entries, first + kPieceUnits);
    Text& text = texts[piece];
    text.make_room((last - first) * (longest + 1));
    char* to = text.end();
    for (std::size_t i = first; i < last; ++i) {
      if (i > 0) *to++ = ',';
      to = write(to, i);
    }
    text.cut(static_cast<std::size_t>(to - text.data()));
  });
  return texts;
}

char* write_key(char* to, std::uint64_t state, int width) {
  *to++ = '"';
  to = width < 0 ? std::to_chars(to, to + kLongestInteger, state).ptr : write_bits(to, state, width);
  *to++ = '"';
  return to;
}

// The bits of a register as a list, bit 0 first.
char* write_shot(char* to, std::uint64_t state, int width) {
  to = copy(to, kShotHead);
  for (int bit = 0; bit < width; ++bit) {
    if (bit > 0) *to++ = ',';
    *to++ = static_cast<char>('0' + (state >> bit & 1));
  }
  return copy(to, kShotTail);
}

std::size_t digits(int width) { return static_cast<std::size_t>(std::max(width, 0)); }

void check_width(int width) {
  if (width > kMaxWidth) throw std::invalid_argument("a state has at most 64 qubits");
}

}  // namespace

std::vector<Text> write_histogram(std::span<const std::uint64_t> states, std::span<const std::int64_t> counts,
                                  int width) {
  if (states.size() != counts.size()) throw std::invalid_argument("lengths differ");
  check_width(width);
  const std::size_t longest = std::max(digits(width), kLongestInteger) + kLongestInteger + 4;
  return in_pieces(states.size(), longest, [&](char* to, std::size_t i) {
    to = write_key(to, states[i], width);
    *to++ = ':';
    return std::to_chars(to, to + kLongestInteger, counts[i]).ptr;
  });
}

std::vector<Text> write_shots(std::span<const std::uint64_t> states, int width) {
  check_width(width);
  if (width < 0) {
    return in_pieces(states.size(), kLongestInteger + 2,
                     [&](char* to, std::size_t i) { return write_key(to, states[i], width); });
  }
  const std::size_t longest = kShotHead.size() + 2 * digits(width) + kShotTail.size();
  return in_pieces(states.size(), longest,
                   [&](char* to, std::size_t i) { return write_shot(to, states[i], width); });
}

}  // namespace paultrap
