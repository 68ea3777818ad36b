// Threads that outlive a call, and the sharing out of numbered tasks among them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "threads/interrupt.hpp"

namespace paultrap {

class Pool {
 public:
  Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // Call job(worker, first, last) on ranges of [0, count), each of at most `grain`, handed out in ascending order. Throws
  // Interrupted, with ranges left out, where that is wanted.
  template <class Job>
  void share(int threads, std::uint64_t count, std::uint64_t grain, const Job& job) {
    std::atomic<std::uint64_t> next{0};
    const std::uint64_t ranges = (count + grain - 1) / grain;
    if (ranges < static_cast<std::uint64_t>(threads)) threads = ranges > 0 ? static_cast<int>(ranges) : 1;
    run(threads, [&](int worker) {
      for (;;) {
        const std::uint64_t first = next.fetch_add(grain, std::memory_order_relaxed);
        if (first >= count) return;
        look_up();
        job(worker, first, first + grain < count ? first + grain : count);
      }
    });
  }

 private:
  // Call job(0) on this thread, and job(1) .. job(threads - 1) on those of the others that come before it is done:
  // nobody waits for a thread to wake up. Return when all have; the first exception is thrown again here.
  void run(int threads, const std::function<void(int)>& job);
  bool enter();
  void leave();
  void work(int worker, std::uint64_t seen);
  void call(int worker) noexcept;

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable started_, finished_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint32_t> gate_;  // how many other threads are in the job, and whether it is closed to more
  int wanted_ = 0;
  std::atomic<bool> stopping_{false};
  const std::function<void(int)>* job_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace paultrap
