// Memory for large arrays, kept for the next ones: faulting in fresh pages takes longer than filling them.
#pragma once

#include <cstddef>

namespace paultrap {

enum class Pages { kNormal, kHuge };

struct Block {
  void* data = nullptr;
  std::size_t bytes = 0;
};

// At least `bytes` of memory, content arbitrary. Blocks start on a page of their own, so that threads do not disturb
// each other; what may use huge pages starts on one of those. Throws std::bad_alloc.
Block take_block(std::size_t bytes, Pages pages = Pages::kNormal);

// Give a block back: kept for later calls, up to some megabytes, or freed.
void give_block(Block block) noexcept;

// The same where only an address can be passed on; aligned for any number.
void* take_memory(std::size_t bytes);
void give_memory(void* memory) noexcept;

struct GiveMemory {
  void operator()(void* memory) const noexcept { give_memory(memory); }
};

}  // namespace paultrap
