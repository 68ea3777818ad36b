// Writes answers on several threads.
#include "json/answers.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "json/write_number.hpp"
#include "threads/parallel.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kPieceUnits = 8192;  // entries of one piece: 64 KiB to 400 KiB of text
constexpr std::size_t kHeaderUnits = 2;    // what a circuit costs beside its entries
constexpr std::size_t kLongestEntry = 20 + 32 + 4;  // a number may write beyond its end
constexpr std::size_t kLongestInteger = 20;
constexpr std::string_view kShotHead = "{\"registers\":{\"output_all\":[";
constexpr std::string_view kShotTail = "]}}";

void append(Text& text, std::string_view more) {
  text.make_room(more.size());
  std::memcpy(text.end(), more.data(), more.size());
  text.cut(text.size() + more.size());
}

// Writes `width` binary digits, highest qubit first, and returns the end.
char* write_bits(char* to, std::uint64_t state, int width) {
  for (; width >= 8; to += 8) {
    width -= 8;
    // Eight copies of the byte, each shifted so that its next bit is where the mask looks.
    const std::uint64_t bits = ((state >> width & 0xFF) * 0x8040201008040201ULL >> 7) & 0x0101010101010101ULL;
    const std::uint64_t digits = bits | 0x3030303030303030ULL;
    std::memcpy(to, &digits, 8);
  }
  for (int bit = width - 1; bit >= 0; --bit) *to++ = static_cast<char>('0' + (state >> bit & 1));
  return to;
}

char* copy(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
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

struct Entries {
  const std::uint64_t* states;
  const double* probabilities;
};

// Appends entries first to last - 1 with commas between them.
void write_entries(Text& text, const Entries& entries, std::size_t first, std::size_t last,
                   int width) {
  text.make_room((last - first) * (kLongestEntry + digits(width)));
  char* to = text.end();
  // Equal neighbours are common, and copying beats formatting. Bits are compared: 0 is not -0.
  std::uint64_t known = ~std::uint64_t{0};  // a NaN, which no answer holds
  char* known_text = nullptr;
  std::size_t known_size = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (i > first) *to++ = ',';
    to = write_key(to, entries.states[i], width);
    *to++ = ':';
    const double value = entries.probabilities[i];
    const auto bits = std::bit_cast<std::uint64_t>(value);
    if (bits == known) {
      std::memcpy(to, known_text, known_size);
      to += known_size;
    } else {
      char* const after = write_number(to, value);
      known = bits;
      known_text = to;
      known_size = static_cast<std::size_t>(after - to);
      to = after;
    }
  }
  text.cut(static_cast<std::size_t>(to - text.data()));
}

// The circuits' texts one after the other: "<id>":{...},"<id>":{...}
class AggregateWriter {
 public:
  AggregateWriter(const std::vector<std::string_view>& ids, const std::int64_t* offsets,
                  Entries entries)
      : ids_(ids), offsets_(offsets), entries_(entries) {}

  // The place where a piece that starts at `from` ends.
  Cursor piece_end(Cursor from) const {
    for (std::size_t units = 0; from.circuit < ids_.size();) {
      const std::size_t left = size(from.circuit) - from.entry;
      if (units + left + kHeaderUnits > kPieceUnits) {
        const std::size_t room = kPieceUnits > units + kHeaderUnits ? kPieceUnits - units - kHeaderUnits : 0;
        if (room == 0) return from;
        return {from.circuit, from.entry + room};
      }
      units += left + kHeaderUnits;
      from = {from.circuit + 1, 0};
    }
    return from;
  }

  Text write(Cursor from, const Cursor& to, bool leading_comma) const {
    Text text;
    text.make_room(kPieceUnits * (kLongestEntry + 4));
    while (from.circuit < to.circuit || (from.circuit == to.circuit && from.entry < to.entry)) {
      const auto base = static_cast<std::size_t>(offsets_[from.circuit]);
      const std::size_t stop = from.circuit < to.circuit ? size(from.circuit) : to.entry;
      if (from.entry == 0) {
        append(text, leading_comma ? ",\"" : "\"");
        append(text, ids_[from.circuit]);
        append(text, "\":{");
      } else if (from.entry < stop) {
        append(text, ",");
      }
      leading_comma = true;
      write_entries(text, entries_, base + from.entry, base + stop, -1);
      if (from.circuit == to.circuit) break;
      append(text, "}");
      from = {from.circuit + 1, 0};
    }
    return text;
  }

 private:
  std::size_t size(std::size_t circuit) const {
    return static_cast<std::size_t>(offsets_[circuit + 1] - offsets_[circuit]);
  }

  const std::vector<std::string_view>& ids_;
  const std::int64_t* offsets_;
  Entries entries_;
};

}  // namespace

std::vector<Text> write_distribution(std::span<const std::uint64_t> states, std::span<const double> probabilities,
                                     int width) {
  if (states.size() != probabilities.size()) throw std::invalid_argument("lengths differ");
  check_width(width);
  std::vector<Text> texts((states.size() + kPieceUnits - 1) / kPieceUnits);
  parallel_for(texts.size(), processors(), [&](std::size_t i) {
    const std::size_t first = i * kPieceUnits, last = std::min(states.size(), first + kPieceUnits);
    if (i > 0) append(texts[i], ",");
    write_entries(texts[i], {states.data(), probabilities.data()}, first, last, width);
  });
  return texts;
}

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

Aggregate write_aggregate(const Answers& answers, Cursor from, std::size_t most, bool leading_comma) {
  const auto& [ids, cuts, states, probabilities] = answers;
  if (cuts.size() != ids.size() + 1 || states.size() != probabilities.size() || cuts[0] != 0 ||
      cuts[ids.size()] != static_cast<std::int64_t>(states.size()) || !std::is_sorted(cuts.begin(), cuts.end())) {
    throw std::invalid_argument("ids, offsets, states and probabilities do not fit together");
  }
  const AggregateWriter writer(ids, cuts.data(), {states.data(), probabilities.data()});
  std::vector<Cursor> cursors{from};
  while (cursors.size() <= most && cursors.back().circuit < ids.size()) {
    cursors.push_back(writer.piece_end(cursors.back()));
  }
  std::vector<Text> texts(cursors.size() - 1);
  parallel_for(texts.size(), processors(), [&](std::size_t i) {
    texts[i] = writer.write(cursors[i], cursors[i + 1], i > 0 || leading_comma);
  });
  return {std::move(texts), cursors.back()};
}

}  // namespace paultrap
