#include "blocks.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

namespace paultrap {
namespace {

constexpr std::size_t kHeader = 64;  // bytes before a block, which hold its size
constexpr std::size_t kSmallestKept = std::size_t{4} << 10, kLargestKept = std::size_t{8} << 20;
constexpr std::size_t kMostKept = std::size_t{64} << 20;

struct Block {
  std::size_t bytes;
  Block* next;  // of those that are kept
};

char* begin_of(Block* block) { return reinterpret_cast<char*>(block) + kHeader; }
Block* block_of(void* begin) { return reinterpret_cast<Block*>(static_cast<char*>(begin) - kHeader); }

// Never destroyed: numpy may free its arrays when the interpreter has ended.
class Kept {
 public:
  Block* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    Block*& first = list(bytes);
    Block* const found = first;
    if (found) {
      first = found->next;
      held_ -= found->bytes;
    }
    return found;
  }

  bool give(Block* block) noexcept {
    const std::lock_guard lock(mutex_);
    if (held_ + block->bytes > kMostKept) return false;
    Block*& first = list(block->bytes);
    block->next = first;
    first = block;
    held_ += block->bytes;
    return true;
  }

 private:
  Block*& list(std::size_t bytes) { return lists_[static_cast<std::size_t>(std::countr_zero(bytes))]; }

  std::mutex mutex_;
  std::array<Block*, 64> lists_{};  // by the binary logarithm of their sizes
  std::size_t held_ = 0;
};

Kept& kept() {
  static Kept* const blocks = new Kept;
  return *blocks;
}

bool worth_keeping(std::size_t bytes) { return bytes >= kSmallestKept && bytes <= kLargestKept; }

}  // namespace

void* take_block(std::size_t bytes) {
  if (worth_keeping(bytes)) {
    bytes = std::bit_ceil(bytes);  // pages that nobody touches cost nothing
    if (Block* const block = kept().take(bytes)) return begin_of(block);
  }
  void* const memory = std::malloc(kHeader + bytes);
  if (!memory) throw std::bad_alloc();
  return begin_of(new (memory) Block{bytes, nullptr});
}

void give_block(void* begin) noexcept {
  Block* const block = block_of(begin);
  if (!worth_keeping(block->bytes) || !kept().give(block)) std::free(block);
}

}  // namespace paultrap
