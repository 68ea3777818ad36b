// The process's pool of threads, kept between calls: waking threads costs more than a small job's work.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "threads/pool.hpp"

namespace paultrap {

// The use of a pool for one call: the process's own, or a new one where another thread uses that just now.
class PoolLease {
 public:
  PoolLease();
  PoolLease(const PoolLease&) = delete;
  PoolLease& operator=(const PoolLease&) = delete;

  Pool& pool() { return *pool_; }
  bool is_shared() const { return !own_; }  // whether it is the process's own, which this lease has to itself

 private:
  std::unique_lock<std::mutex> lock_;
  std::unique_ptr<Pool> own_;
  Pool* pool_;
};

// How many threads this process may use at once; at least 1. It is told so before any work begins, and 1 until then.
std::size_t processors();
void set_processors(std::size_t count);

// Calls work(0) to work(n - 1), each once, on up to `threads` threads, this one included.
// The first exception is thrown here after all have stopped.
void parallel_for(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace paultrap
