// The process's threads and memory for states, kept between calls: waking threads and faulting in fresh pages cost more
// than a small job's simulation.
#pragma once

#include <memory>
#include <vector>

#include "statevector/evolve.hpp"
#include "threads/parallel.hpp"

namespace paultrap {

using Workspaces = std::vector<std::unique_ptr<Workspace>>;  // one per thread

// The use of threads and their workspaces for one call: those of the process, or new ones where another thread uses
// them just now.
class CrewLease {
 public:
  explicit CrewLease(int threads);
  CrewLease(const CrewLease&) = delete;
  CrewLease& operator=(const CrewLease&) = delete;
  ~CrewLease();

  Pool& pool() { return lease_.pool(); }
  Workspace& workspace(int worker) { return *(*workspaces_)[worker]; }
  void release_memory() {
    for (const auto& workspace : *workspaces_) workspace->release();
  }

 private:
  PoolLease lease_;
  Workspaces own_;
  Workspaces* workspaces_;
};

}  // namespace paultrap
