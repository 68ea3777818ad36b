// Writes keys of bits, and hands pieces of text to Python.
#include "json/text.hpp"

#include <cstring>

#include "threads/parallel.hpp"

namespace nb = nanobind;

namespace paultrap {

void append(Text& text, std::string_view more) {
  text.make_room(more.size());
  std::memcpy(text.end(), more.data(), more.size());
  text.cut(text.size() + more.size());
}

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

nb::list to_pieces(const std::vector<Text>& texts) {
  nb::list pieces;
  std::vector<char*> places;
  for (const Text& text : texts) {
    const auto size = static_cast<Py_ssize_t>(text.size());
    const nb::object piece = nb::steal(PyBytes_FromStringAndSize(nullptr, size));
    if (!piece.is_valid()) throw nb::python_error();
    places.push_back(PyBytes_AS_STRING(piece.ptr()));
    pieces.append(piece);
  }
  const nb::gil_scoped_release release;
  parallel_for(texts.size(), processors(), [&](std::size_t i) {
    if (texts[i].size()) std::memcpy(places[i], texts[i].data(), texts[i].size());
  });
  return pieces;
}

}  // namespace paultrap
