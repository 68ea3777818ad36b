#include "block_cache.hpp"

#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace paultrap {
namespace {

constexpr std::size_t kPage = 4096, kHugePage = std::size_t{2} << 20;
// Smaller blocks are quick to get, larger ones are rare; and no process should sit on more than this.
constexpr std::size_t kSmallestKept = std::size_t{64} << 10, kLargestKept = std::size_t{64} << 20;
constexpr std::size_t kMostKept = std::size_t{128} << 20;

struct Cache {
  std::mutex mutex;
  std::vector<Block> blocks;
  std::size_t bytes = 0;
};

// Never destroyed: arrays may be freed after static objects are.
Cache& cache() {
  static Cache* const shared = new Cache;
  return *shared;
}

// The smallest kept block of at least `bytes`, unless it is much too large.
Block find_kept(std::size_t bytes) {
  Cache& kept = cache();
  const std::lock_guard lock(kept.mutex);
  std::size_t best = kept.blocks.size();
  for (std::size_t k = 0; k < kept.blocks.size(); ++k) {
    if (kept.blocks[k].bytes < bytes || kept.blocks[k].bytes > 4 * bytes) continue;
    if (best == kept.blocks.size() || kept.blocks[k].bytes < kept.blocks[best].bytes) best = k;
  }
  if (best == kept.blocks.size()) return {};
  const Block found = kept.blocks[best];
  kept.blocks[best] = kept.blocks.back();
  kept.blocks.pop_back();
  kept.bytes -= found.bytes;
  return found;
}

}  // namespace

Block take_block(std::size_t bytes, Pages pages) {
  if (bytes >= kSmallestKept && bytes <= kLargestKept) {
    if (const Block found = find_kept(bytes); found.data) return found;
  }
  const bool huge = pages == Pages::kHuge && bytes >= 2 * kHugePage;
  const std::size_t alignment = huge ? kHugePage : kPage;
  const std::size_t padded = (bytes / alignment + 1) * alignment;
  void* data = padded < bytes ? nullptr : std::aligned_alloc(alignment, padded);
  if (!data) throw std::bad_alloc();
#if defined(__linux__)
  if (huge) madvise(data, padded, MADV_HUGEPAGE);
#endif
  return {data, padded};
}

void give_block(Block block) noexcept {
  if (block.bytes >= kSmallestKept && block.bytes <= kLargestKept + kHugePage) {
    Cache& kept = cache();
    const std::lock_guard lock(kept.mutex);
    if (kept.bytes + block.bytes <= kMostKept) {
      try {
        kept.blocks.push_back(block);
        kept.bytes += block.bytes;
        return;
      } catch (const std::bad_alloc&) {
        // Then it is freed.
      }
    }
  }
  std::free(block.data);
}

}  // namespace paultrap
