// The process's pool of threads, kept between calls: waking threads costs more than a small job's work.
#pragma once

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

}  // namespace paultrap
