// Memory for arrays that numpy frees later, kept for the next ones: faulting in fresh pages takes longer than filling
// them.
#pragma once

#include <cstddef>

namespace paultrap {

// Memory of at least so many bytes, aligned for any number; its content is arbitrary. Throws std::bad_alloc.
void* take_block(std::size_t bytes);

// Gives back what take_block returned. Some megabytes are kept.
void give_block(void* block) noexcept;

struct GiveBlock {
  void operator()(void* block) const noexcept { give_block(block); }
};

}  // namespace paultrap
