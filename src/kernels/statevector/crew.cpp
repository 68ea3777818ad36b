// Keeps one crew of threads for the process, and makes others where it is in use.
#include "statevector/crew.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace paultrap {
namespace {

long process_id() {
#if defined(__unix__) || defined(__APPLE__)
  return getpid();
#else
  return 0;
#endif
}

// Never destroyed, because its threads may outlive static objects. A forked child has none of its parent's threads
// and makes a crew of its own.
Crew& shared_crew() {
  static std::mutex mutex;
  static Crew* crew = nullptr;
  static long owner = 0;
  const std::lock_guard lock(mutex);
  if (!crew || owner != process_id()) {
    crew = new Crew;
    owner = process_id();
  }
  return *crew;
}

}  // namespace

CrewLease::CrewLease(int threads) {
  Crew& shared = shared_crew();
  lock_ = std::unique_lock(shared.in_use, std::try_to_lock);
  if (!lock_.owns_lock()) own_ = std::make_unique<Crew>();
  crew_ = own_ ? own_.get() : &shared;
  while (static_cast<int>(crew_->workspaces.size()) < threads) {
    crew_->workspaces.push_back(std::make_unique<Workspace>());
  }
}

CrewLease::~CrewLease() {
  for (const auto& workspace : crew_->workspaces) workspace->trim();
}

}  // namespace paultrap
