#include "blocks.hpp"

#include <array>
#include <cstdlib>
#include <mutex>
#include <new>

namespace paultrap {
namespace {

constexpr std::size_t kHeader = 64;  // bytes before a block, which hold its size
constexpr std::size_t kSmallestKept = std::size_t{64} << 10, kLargestKept = std::size_t{8} << 20;
constexpr std::size_t kMostKept = std::size_t{64} << 20;

struct Block {
  std::size_t bytes;
};

char* begin_of(Block* block) { return reinterpret_cast<char*>(block) + kHeader; }
Block* block_of(void* begin) { return reinterpret_cast<Block*>(static_cast<char*>(begin) - kHeader); }

// Never destroyed: numpy may free its arrays when the interpreter has ended.
class Kept {
 public:
  // The smallest block of at least so many bytes, or nullptr; one of more than twice as many would be wasted.
  Block* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    Block** best = nullptr;
    for (Block*& block : blocks_) {
      if (block && block->bytes >= bytes && block->bytes <= 2 * bytes && (!best || block->bytes < (*best)->bytes)) {
        best = &block;
      }
    }
    if (!best) return nullptr;
    Block* const found = *best;
    *best = nullptr;
    held_ -= found->bytes;
    return found;
  }

  bool give(Block* block) noexcept {
    const std::lock_guard lock(mutex_);
    if (held_ + block->bytes > kMostKept) return false;
    for (Block*& place : blocks_) {
      if (place) continue;
      place = block;
      held_ += block->bytes;
      return true;
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::array<Block*, 32> blocks_{};
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
    if (Block* const block = kept().take(bytes)) return begin_of(block);
  }
  void* const memory = std::malloc(kHeader + bytes);
  if (!memory) throw std::bad_alloc();
  return begin_of(new (memory) Block{bytes});
}

void give_block(void* begin) noexcept {
  Block* const block = block_of(begin);
  if (!worth_keeping(block->bytes) || !kept().give(block)) std::free(block);
}

}  // namespace paultrap
