// Keeps the workspaces of the process's threads between calls.
#include "statevector/crew.hpp"

namespace paultrap {
namespace {

// Those of the process's pool, for whoever has leased it. A forked child has another pool, and makes its own: its
// parent's may have been in use.
Workspaces& shared_workspaces(const Pool& pool) {
  static Workspaces* workspaces = nullptr;
  static const Pool* owner = nullptr;
  if (owner != &pool) {
    workspaces = new Workspaces;
    owner = &pool;
  }
  return *workspaces;
}

}  // namespace

CrewLease::CrewLease(int threads) : workspaces_(lease_.is_shared() ? &shared_workspaces(lease_.pool()) : &own_) {
  while (static_cast<int>(workspaces_->size()) < threads) workspaces_->push_back(std::make_unique<Workspace>());
}

CrewLease::~CrewLease() {
  for (const auto& workspace : *workspaces_) workspace->trim();
}

}  // namespace paultrap
