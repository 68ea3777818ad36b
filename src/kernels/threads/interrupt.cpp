// What a thread does that has looked up and found that it is wanted.
#include "threads/interrupt.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "threads/parallel.hpp"

namespace paultrap::interrupt {
namespace {

using Clock = std::chrono::steady_clock;

// On more processors the system finds one for short work by itself, and threads that wait for each other would lose more.
constexpr std::size_t kFewProcessors = 4;
constexpr std::chrono::milliseconds kLongestWait{100}, kLeastWork{1};
constexpr std::chrono::microseconds kNap{200};

std::atomic_flag waiting = ATOMIC_FLAG_INIT;
std::atomic<Clock::rep> waited_until{0};

bool is_busy() {
  const auto* flag = busy.load(std::memory_order_relaxed);
  return flag && flag->load(std::memory_order_relaxed);
}

// Wait as long as was worked since the last wait at most, so that a run goes on at half its pace however often.
void wait_a_while() {
  const Clock::time_point now = Clock::now();
  const Clock::duration worked = now.time_since_epoch() - Clock::duration(waited_until.load(std::memory_order_relaxed));
  if (worked < kLeastWork) return;
  const Clock::time_point end = now + std::min<Clock::duration>(worked, kLongestWait);
  while (is_busy() && !wanted.load(std::memory_order_relaxed) && Clock::now() < end) std::this_thread::sleep_for(kNap);
  waited_until.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace

void attend() {
  if (is_busy() && processors() <= kFewProcessors && !waiting.test_and_set(std::memory_order_acquire)) {
    wait_a_while();
    waiting.clear(std::memory_order_release);
  }
  if (wanted.load(std::memory_order_relaxed)) throw Interrupted();
}

}  // namespace paultrap::interrupt
