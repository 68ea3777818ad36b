// How another thread ends what runs here, and another process makes it give way: threads look up between the tasks
// that they share out, which are thousands of amplitudes or more each.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

namespace paultrap {

// A run was interrupted: what it was to compute is not there.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "the run was interrupted"; }
};

namespace interrupt {
inline std::atomic<bool> wanted{false};
inline std::atomic<const std::atomic<std::uint8_t>*> busy{nullptr};  // not 0: who is to go first has work
void attend();
}  // namespace interrupt

// Let all runs of this process end with Interrupted, those that begin later too, until it is called with false.
inline void interrupt_runs(bool on) { interrupt::wanted.store(on, std::memory_order_relaxed); }

// Let one thread of a run wait while a byte is not 0; nullptr for nobody. The byte may be another process's.
inline void give_way(const std::atomic<std::uint8_t>* busy) { interrupt::busy.store(busy, std::memory_order_relaxed); }

// Throws Interrupted where that is wanted.
inline void look_up() {
  const auto* busy = interrupt::busy.load(std::memory_order_relaxed);
  if (interrupt::wanted.load(std::memory_order_relaxed) || (busy && busy->load(std::memory_order_relaxed))) {
    interrupt::attend();
  }
}

}  // namespace paultrap
