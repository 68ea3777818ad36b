// Writes distributions as JSON: {"0":0.5,"6":0.5}, shortest digits that read back exactly.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "arrays.hpp"
#include "threads.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

constexpr std::size_t kPieceUnits = 8192;  // entries of one piece: 64 KiB to 400 KiB of text
constexpr std::size_t kHeaderUnits = 2;    // what a circuit costs beside its entries
constexpr std::size_t kLongestEntry = 20 + 26 + 4;
constexpr int kMaxWidth = 64;

struct Entries {
  const std::uint64_t* states;
  const double* probabilities;
};

char* write_bits(char* to, std::uint64_t state, int width) {
  for (int bit = width - 1; bit >= 0; --bit) *to++ = static_cast<char>('0' + (state >> bit & 1));
  return to;
}

// A JSON number that always shows it is not an integer: 1 becomes 1.0.
char* write_number(char* to, double value) {
  char* const after = std::to_chars(to, to + 32, value).ptr;
  const std::string_view digits(to, static_cast<std::size_t>(after - to));
  if (digits.find_first_of(".e") != digits.npos) return after;
  std::memcpy(after, ".0", 2);
  return after + 2;
}

// Appends entries first to last - 1 with commas between them. Keys are decimal, or of `width`
// binary digits, highest qubit first, where width >= 0.
void write_entries(std::string& text, const Entries& entries, std::size_t first, std::size_t last,
                   int width) {
  const std::size_t used = text.size();
  text.resize(used + (last - first) * (kLongestEntry + static_cast<std::size_t>(std::max(width, 0))));
  char* to = text.data() + used;
  // Equal neighbours are common, and copying beats formatting. Bits are compared: 0 is not -0.
  std::uint64_t known = ~std::uint64_t{0};  // a NaN, which no answer holds
  char* known_text = nullptr;
  std::size_t known_size = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (i > first) *to++ = ',';
    *to++ = '"';
    const std::uint64_t state = entries.states[i];
    to = width < 0 ? std::to_chars(to, to + 20, state).ptr : write_bits(to, state, width);
    *to++ = '"';
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
  text.resize(static_cast<std::size_t>(to - text.data()));
}

nb::bytes write_distribution(InputArray<std::uint64_t> states, InputArray<double> probabilities,
                             int width) {
  if (states.size() != probabilities.size()) throw std::invalid_argument("lengths differ");
  if (width > kMaxWidth) throw std::invalid_argument("a state has at most 64 qubits");
  std::string text;
  {
    const nb::gil_scoped_release release;
    write_entries(text, {states.data(), probabilities.data()}, 0, states.size(), width);
  }
  return nb::bytes(text.data(), text.size());
}

// A place between two entries: before entry `entry` of circuit `circuit`.
struct Cursor {
  std::size_t circuit = 0;
  std::size_t entry = 0;
};

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

  std::string write(Cursor from, const Cursor& to, bool leading_comma) const {
    std::string text;
    text.reserve(kPieceUnits * 32);
    while (from.circuit < to.circuit || (from.circuit == to.circuit && from.entry < to.entry)) {
      const auto base = static_cast<std::size_t>(offsets_[from.circuit]);
      const std::size_t stop = from.circuit < to.circuit ? size(from.circuit) : to.entry;
      if (from.entry == 0) {
        if (leading_comma) text += ',';
        text.append("\"").append(ids_[from.circuit]).append("\":{");
      } else if (from.entry < stop) {
        text += ',';
      }
      leading_comma = true;
      write_entries(text, entries_, base + from.entry, base + stop, -1);
      if (from.circuit == to.circuit) break;
      text += '}';
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

// Writes up to `most` pieces from a place on, on several threads at once.
nb::tuple write_aggregate(const nb::list& ids, InputArray<std::int64_t> offsets,
                          InputArray<std::uint64_t> states, InputArray<double> probabilities,
                          std::size_t circuit, std::size_t entry, std::size_t most, bool leading_comma) {
  std::vector<std::string_view> names;
  for (const nb::handle id : ids) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(id.ptr(), &size);
    if (!text) throw nb::python_error();
    names.emplace_back(text, static_cast<std::size_t>(size));
  }
  const std::int64_t* cuts = offsets.data();
  if (offsets.size() != names.size() + 1 || states.size() != probabilities.size() ||
      cuts[0] != 0 || cuts[names.size()] != static_cast<std::int64_t>(states.size()) ||
      !std::is_sorted(cuts, cuts + offsets.size())) {
    throw std::invalid_argument("ids, offsets, states and probabilities do not fit together");
  }
  const AggregateWriter writer(names, cuts, {states.data(), probabilities.data()});
  std::vector<Cursor> cursors{{circuit, entry}};
  std::vector<std::string> texts;
  {
    const nb::gil_scoped_release release;
    while (cursors.size() <= most && cursors.back().circuit < names.size()) {
      cursors.push_back(writer.piece_end(cursors.back()));
    }
    texts.resize(cursors.size() - 1);
    parallel_for(texts.size(), processors(), [&](std::size_t i) {
      texts[i] = writer.write(cursors[i], cursors[i + 1], i > 0 || leading_comma);
    });
  }
  nb::list pieces;
  for (const std::string& text : texts) pieces.append(nb::bytes(text.data(), text.size()));
  return nb::make_tuple(pieces, cursors.back().circuit, cursors.back().entry);
}

}  // namespace

void bind_writer(nb::module_& module);
void bind_writer(nb::module_& module) {
  module.def("write_distribution", &write_distribution, nb::arg("states"),
             nb::arg("probabilities"), nb::arg("width"));
  module.def("write_aggregate", &write_aggregate, nb::arg("ids"), nb::arg("offsets"),
             nb::arg("states"), nb::arg("probabilities"), nb::arg("circuit"), nb::arg("entry"),
             nb::arg("most"), nb::arg("leading_comma"));
}

}  // namespace paultrap
