// Runs independent pieces of work on several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace paultrap {

// Calls work(0) to work(n - 1), each once, on up to `threads` threads, this one included.
// The first exception is thrown here after all have stopped.
template <typename Work>
void parallel_for(std::size_t n, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    } catch (...) {
      next = n;
      const std::lock_guard guard(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  try {
    for (std::size_t i = 1; i < threads && i < n; ++i) others.emplace_back(run);
  } catch (const std::system_error&) {
    // The system gives no more threads; those there are do all the work.
  }
  run();
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace paultrap
