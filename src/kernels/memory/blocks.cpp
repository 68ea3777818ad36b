// Takes memory from the system in pages and keeps some of it for the next call.
#include "memory/blocks.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace paultrap {
namespace {

constexpr std::size_t kPage = 4096, kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHeader = 64;  // bytes before what take_memory returns, which hold its block
// Smaller blocks are quick to get, larger ones are rare; and no process should sit on more than this.
constexpr std::size_t kSmallestKept = kPage, kLargestKept = std::size_t{64} << 20;
constexpr std::size_t kMostKept = std::size_t{128} << 20;

// Lies in a block while it is kept.
struct Free {
  Free* next;
};

// Blocks by the binary logarithm of their sizes. Never destroyed: numpy may free its arrays when the interpreter has
// ended.
class Kept {
 public:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    Free*& first = list(bytes);
    Free* const found = first;
    if (found) {
      first = found->next;
      held_ -= bytes;
    }
    return found;
  }

  bool give(Block block) noexcept {
    const std::lock_guard lock(mutex_);
    if (held_ + block.bytes > kMostKept) return false;
    Free*& first = list(block.bytes);
    first = new (block.data) Free{first};
    held_ += block.bytes;
    return true;
  }

 private:
  Free*& list(std::size_t bytes) { return lists_[static_cast<std::size_t>(std::countr_zero(bytes))]; }

  std::mutex mutex_;
  std::array<Free*, 64> lists_{};
  std::size_t held_ = 0;
};

Kept& kept() {
  static Kept* const blocks = new Kept;
  return *blocks;
}

bool worth_keeping(std::size_t bytes) { return bytes >= kSmallestKept && bytes <= kLargestKept; }

void* allocate(std::size_t bytes, Pages pages) {
  const bool huge = pages == Pages::kHuge && bytes >= 2 * kHugePage;
  const std::size_t alignment = huge ? kHugePage : kPage;
  const std::size_t padded = (bytes + alignment - 1) / alignment * alignment;
  void* const data = padded < bytes ? nullptr : std::aligned_alloc(alignment, padded);
  if (!data) throw std::bad_alloc();
#if defined(__linux__)
  if (huge) madvise(data, padded, MADV_HUGEPAGE);
#endif
  return data;
}

}  // namespace

Block take_block(std::size_t bytes, Pages pages) {
  if (bytes < kHeader) bytes = kHeader;
  if (!worth_keeping(bytes)) return {allocate(bytes, pages), bytes};
  bytes = std::bit_ceil(bytes);  // pages that nobody touches cost nothing
  if (void* const data = kept().take(bytes)) return {data, bytes};
  return {allocate(bytes, pages), bytes};
}

void give_block(Block block) noexcept {
  if (!worth_keeping(block.bytes) || !kept().give(block)) std::free(block.data);
}

void* take_memory(std::size_t bytes) {
  const Block block = take_block(kHeader + bytes);
  new (block.data) Block(block);
  return static_cast<char*>(block.data) + kHeader;
}

void give_memory(void* memory) noexcept {
  give_block(*reinterpret_cast<Block*>(static_cast<char*>(memory) - kHeader));
}

}  // namespace paultrap
