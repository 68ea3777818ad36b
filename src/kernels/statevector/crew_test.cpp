// Tests of the workspaces that are kept: each caller has its own.
#include <atomic>
#include <thread>
#include <vector>

#include "statevector/crew.hpp"
#include "testing/testing.hpp"
#include "threads/parallel.hpp"

using namespace paultrap;

TEST(threads_that_come_at_once_share_no_crew) {
  std::vector<std::thread> callers;
  std::atomic<std::size_t> done{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        CrewLease crew(2);
        crew.workspace(1).state(3);
        parallel_for(20, 3, [&](std::size_t) { ++done; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(done == 4 * 50 * 20);
}
