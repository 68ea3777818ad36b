// Runs independent pieces of work on the threads of the process.
#include "threads/parallel.hpp"

#include <algorithm>

#include "threads/lease.hpp"

namespace paultrap {

namespace {
std::size_t usable = 1;
}  // namespace

std::size_t processors() { return usable; }

void set_processors(std::size_t count) { usable = std::max<std::size_t>(1, count); }

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
