// Tests of the sharing out of tasks: each is done once, in order, and exceptions come through.
#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "testing/testing.hpp"
#include "threads/parallel.hpp"
#include "threads/pool.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace paultrap;

TEST(every_task_is_done_once) {
  Pool pool;
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t count = round % 37 * (round % 5), grain = 1 + round % 4;
    const int threads = 1 + round % 6;
    std::vector<std::atomic<int>> done(count + 1);
    std::atomic<int> wrong{0};
    pool.share(threads, count, grain, [&](int worker, std::uint64_t first, std::uint64_t last) {
      if (worker < 0 || worker >= threads || first >= last || last > count || last - first > grain) ++wrong;
      for (std::uint64_t k = first; k < last; ++k) ++done[k];
    });
    CHECK(wrong == 0);
    CHECK(std::all_of(done.begin(), done.end() - 1, [](const auto& times) { return times == 1; }));
    CHECK(done[count] == 0);
  }
}

TEST(a_worker_gets_tasks_in_ascending_order) {
  Pool pool;
  std::vector<std::uint64_t> last_of(8, 0);
  std::atomic<int> wrong{0};
  pool.share(8, 10000, 7, [&](int worker, std::uint64_t first, std::uint64_t last) {
    if (first < last_of[worker]) ++wrong;
    last_of[worker] = last;
  });
  CHECK(wrong == 0);
}

TEST(an_exception_comes_through_and_the_pool_goes_on) {
  Pool pool;
  for (int round = 0; round < 50; ++round) {
    bool thrown = false;
    try {
      pool.share(4, 100, 1, [&](int, std::uint64_t first, std::uint64_t) {
        if (first % 10 == 3) throw std::runtime_error("task");
      });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    std::atomic<int> done{0};
    pool.share(4, 100, 1, [&](int, std::uint64_t, std::uint64_t) { ++done; });
    CHECK(done == 100);
  }
}

TEST(threads_that_come_at_once_share_no_pool) {
  std::vector<std::thread> callers;
  std::atomic<std::size_t> done{0};
  std::atomic<int> with_shared{0}, wrong{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        PoolLease lease;
        if (lease.is_shared() && ++with_shared != 1) ++wrong;
        parallel_for(20, 3, [&](std::size_t) { ++done; });
        if (lease.is_shared()) --with_shared;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(done == 4 * 50 * 20);
}

#if defined(__unix__) || defined(__APPLE__)
TEST(a_forked_child_has_threads_of_its_own) {
  parallel_for(100, 3, [](std::size_t) {});
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> done{0};
    parallel_for(100, 3, [&](std::size_t) { ++done; });
    _exit(done == 100 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif
