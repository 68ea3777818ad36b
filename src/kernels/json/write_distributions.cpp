// Writes distributions as JSON: {"0":0.5,"6":0.5}, shortest digits that read back exactly.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "json/text.hpp"
#include "json/write_number.hpp"
#include "bindings/arrays.hpp"
#include "threads/parallel.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

constexpr std::size_t kHeaderUnits = 2;    // what a circuit costs beside its entries
constexpr std::size_t kLongestEntry = 20 + 32 + 4;  // a number may write beyond its end

struct Entries {
  const std::uint64_t* states;
  const double* probabilities;
};

// Appends entries first to last - 1 with commas between them. Keys are decimal, or of `width`
// binary digits, highest qubit first, where width >= 0.
void write_entries(Text& text, const Entries& entries, std::size_t first, std::size_t last,
                   int width) {
  text.make_room((last - first) * (kLongestEntry + static_cast<std::size_t>(std::max(width, 0))));
  char* to = text.end();
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
  text.cut(static_cast<std::size_t>(to - text.data()));
}

// Writes entries in pieces of kPieceUnits; all but the first begin with a comma.
nb::list write_distribution(Input<std::uint64_t> states, Input<double> probabilities, int width) {
  if (states.size() != probabilities.size()) throw std::invalid_argument("lengths differ");
  if (width > kMaxWidth) throw std::invalid_argument("a state has at most 64 qubits");
  std::vector<Text> texts((states.size() + kPieceUnits - 1) / kPieceUnits);
  {
    const nb::gil_scoped_release release;
    parallel_for(texts.size(), processors(), [&](std::size_t i) {
      const std::size_t first = i * kPieceUnits, last = std::min(states.size(), first + kPieceUnits);
      if (i > 0) append(texts[i], ",");
      write_entries(texts[i], {states.data(), probabilities.data()}, first, last, width);
    });
  }
  return to_pieces(texts);
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

// Writes up to `most` pieces from a place on, on several threads at once.
nb::tuple write_aggregate(const nb::list& ids, Input<std::int64_t> offsets,
                          Input<std::uint64_t> states, Input<double> probabilities,
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
  std::vector<Text> texts;
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
  return nb::make_tuple(to_pieces(texts), cursors.back().circuit, cursors.back().entry);
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
