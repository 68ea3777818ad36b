// Keeps one pool of threads for the process, and makes others where it is in use.
#include "threads/lease.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace paultrap {
namespace {

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

}  // namespace paultrap
