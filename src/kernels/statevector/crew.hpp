// The process's threads and their memory, kept between calls: waking threads and faulting in fresh pages cost more
// than a small job's simulation.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "statevector/evolve.hpp"
#include "threads/pool.hpp"

namespace paultrap {

struct Crew {
  Pool pool;
  std::vector<std::unique_ptr<Workspace>> workspaces;  // one per thread
  std::mutex in_use;
};

// The use of a crew for one call: the process's own, or a new one where another thread simulates just now.
class CrewLease {
 public:
  explicit CrewLease(int threads);
  CrewLease(const CrewLease&) = delete;
  CrewLease& operator=(const CrewLease&) = delete;
  ~CrewLease();

  Pool& pool() { return crew_->pool; }
  Workspace& workspace(int worker) { return *crew_->workspaces[worker]; }
  void release_memory() {
    for (const auto& workspace : crew_->workspaces) workspace->release();
  }

 private:
  std::unique_lock<std::mutex> lock_;
  std::unique_ptr<Crew> own_;
  Crew* crew_;
};

}  // namespace paultrap
