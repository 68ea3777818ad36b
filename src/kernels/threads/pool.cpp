// Starts threads, hands jobs to those that are awake, and passes on the first exception.
#include "threads/pool.hpp"

#include <chrono>
#include <system_error>

namespace paultrap {
namespace {

// Work comes in bursts (a large circuit starts the pool once per group of gates, a job is read and then run), so a
// thread looks around for a while before it sleeps: waking it takes about as long as this.
constexpr auto kSpinTime = std::chrono::microseconds(100);
constexpr int kLooks = 64;  // between two looks at the clock

constexpr std::uint32_t kClosed = std::uint32_t{1} << 31;

template <class Condition>
bool spin_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int k = 0; k < kLooks; ++k) {
      if (condition()) return true;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

Pool::Pool() : gate_(kClosed) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ++generation_;
  }
  started_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Pool::run(int threads, const std::function<void(int)>& job) {
  if (threads <= 1) return job(0);
  {
    const std::lock_guard lock(mutex_);
    try {
      while (static_cast<int>(threads_.size()) < threads - 1) {
        threads_.emplace_back(&Pool::work, this, static_cast<int>(threads_.size()) + 1, generation_.load());
      }
    } catch (const std::system_error&) {
      // The system gives no more threads; those there are do all the work.
    }
    job_ = &job;
    failure_ = nullptr;
    wanted_ = threads;
    gate_.store(0, std::memory_order_release);
    ++generation_;
  }
  started_.notify_all();
  call(0);
  gate_.fetch_or(kClosed, std::memory_order_acq_rel);
  const auto done = [this] { return gate_.load(std::memory_order_acquire) == kClosed; };
  if (!spin_until(done)) {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, done);
  }
  if (failure_) std::rethrow_exception(failure_);
}

bool Pool::enter() {
  std::uint32_t inside = gate_.load(std::memory_order_acquire);
  while (!(inside & kClosed)) {
    if (gate_.compare_exchange_weak(inside, inside + 1, std::memory_order_acq_rel)) return true;
  }
  return false;
}

void Pool::leave() {
  if (gate_.fetch_sub(1, std::memory_order_acq_rel) != kClosed + 1) return;
  const std::lock_guard lock(mutex_);
  finished_.notify_one();
}

void Pool::call(int worker) noexcept {
  try {
    (*job_)(worker);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

void Pool::work(int worker, std::uint64_t seen) {
  for (;;) {
    const auto next = [&] { return generation_.load(std::memory_order_acquire) != seen; };
    if (!spin_until(next)) {
      std::unique_lock lock(mutex_);
      started_.wait(lock, next);
    }
    seen = generation_.load(std::memory_order_acquire);
    if (stopping_) return;
    if (!enter()) continue;
    seen = generation_.load(std::memory_order_acquire);  // of the job that was entered, as it cannot end now
    if (worker < wanted_) call(worker);
    leave();
  }
}

}  // namespace paultrap
