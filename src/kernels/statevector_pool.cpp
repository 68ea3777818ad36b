#include "statevector_pool.hpp"

namespace paultrap {
namespace {

// A large circuit starts the pool once per group of gates, so a thread looks around for some microseconds before it
// sleeps: waking it costs more than that.
constexpr int kSpins = 2000;

template <class Condition>
bool spin_until(const Condition& condition) {
  for (int k = 0; k < kSpins; ++k) {
    if (condition()) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  return false;
}

}  // namespace

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
    while (static_cast<int>(threads_.size()) < threads - 1) {
      threads_.emplace_back(&Pool::work, this, static_cast<int>(threads_.size()) + 1, generation_.load());
    }
    job_ = &job;
    failure_ = nullptr;
    wanted_ = threads;
    running_ = static_cast<int>(threads_.size());
    ++generation_;
  }
  started_.notify_all();
  call(0);
  const auto done = [this] { return running_.load(std::memory_order_acquire) == 0; };
  if (!spin_until(done)) {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, done);
  }
  if (failure_) std::rethrow_exception(failure_);
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
    if (worker < wanted_) call(worker);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::lock_guard lock(mutex_);
      finished_.notify_one();
    }
  }
}

}  // namespace paultrap
