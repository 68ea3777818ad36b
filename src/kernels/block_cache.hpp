// Memory for large arrays, kept for the next one: fresh pages from the system cost more than filling them.
#pragma once

#include <cstddef>

namespace paultrap {

enum class Pages { kNormal, kHuge };

struct Block {
  void* data = nullptr;
  std::size_t bytes = 0;
};

// Memory for at least `bytes`, contents undefined. Small blocks start on a page of their own, so that threads do not
// disturb each other; what may use huge pages starts on one of those. Throws std::bad_alloc.
Block take_block(std::size_t bytes, Pages pages);

// Give memory back: kept for later calls of take_block, or freed.
void give_block(Block block) noexcept;

}  // namespace paultrap
