// Pieces of JSON text, made on several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "memory/column.hpp"

namespace paultrap {

inline constexpr std::size_t kPieceUnits = 8192;  // entries of one piece: 64 KiB to 400 KiB of text
inline constexpr int kMaxWidth = 64;

using Text = Column<char>;

void append(Text& text, std::string_view more);

// Writes `width` binary digits, highest qubit first, and returns the end.
char* write_bits(char* to, std::uint64_t state, int width);

}  // namespace paultrap
