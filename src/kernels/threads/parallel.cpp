// Runs independent pieces of work on the threads of the process.
#include "threads/parallel.hpp"

#include <algorithm>
#include <thread>

#include "threads/lease.hpp"

namespace paultrap {

std::size_t processors() {
  static const std::size_t count = std::max(1U, std::thread::hardware_concurrency());
  return count;
}

void parallel_for(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work) {
  if (n <= 1 || threads <= 1) {
    for (std::size_t i = 0; i < n; ++i) work(i);
    return;
  }
  PoolLease lease;
  lease.pool().share(static_cast<int>(threads), n, 1, [&](int, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) work(i);
  });
}

}  // namespace paultrap
