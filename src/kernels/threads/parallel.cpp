// Keeps one pool of threads for the process, makes others where it is in use, and runs pieces of work on them.
#include "threads/parallel.hpp"

#include <algorithm>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace paultrap {
namespace {

std::size_t usable = 1;

struct SharedPool {
  Pool pool;
  std::mutex in_use;
};

long process_id() {
#if defined(__unix__) || defined(__APPLE__)
  return getpid();
#else
  return 0;
#endif
}

// Never destroyed, because its threads may outlive static objects. A forked child has none of its parent's threads
// and makes a pool of its own.
SharedPool& shared_pool() {
  static std::mutex mutex;
  static SharedPool* pool = nullptr;
  static long owner = 0;
  const std::lock_guard lock(mutex);
  if (!pool || owner != process_id()) {
    pool = new SharedPool;
    owner = process_id();
  }
  return *pool;
}

}  // namespace

PoolLease::PoolLease() {
  SharedPool& shared = shared_pool();
  lock_ = std::unique_lock(shared.in_use, std::try_to_lock);
  if (!lock_.owns_lock()) own_ = std::make_unique<Pool>();
  pool_ = own_ ? own_.get() : &shared.pool;
}

std::size_t processors() { return usable; }

void set_processors(std::size_t count) { usable = std::max<std::size_t>(1, count); }

void parallel_for(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work) {
  if (n <= 1 || threads <= 1) {
    for (std::size_t i = 0; i < n; ++i) {
      look_up();
      work(i);
    }
    return;
  }
  PoolLease lease;
  lease.pool().share(static_cast<int>(threads), n, 1, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) work(i);
  });
}

}  // namespace paultrap
