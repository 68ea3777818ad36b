// Pieces of JSON text, made on several threads and given to Python as bytes.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "memory/column.hpp"

namespace paultrap {

inline constexpr std::size_t kPieceUnits = 8192;  // entries of one piece: 64 KiB to 400 KiB of text
inline constexpr int kMaxWidth = 64;

using Text = Column<char>;

void append(Text& text, std::string_view more);

// Writes `width` binary digits, highest qubit first, and returns the end.
char* write_bits(char* to, std::uint64_t state, int width);

// Pieces of text as bytes of Python. Needs the GIL, but not while it copies.
nanobind::list to_pieces(const std::vector<Text>& texts);

}  // namespace paultrap
