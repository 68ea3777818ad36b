// Runs the tests of the kernels, and says which fail.
#include <cstdio>
#include <exception>

#include "testing/testing.hpp"

int main() {
  namespace testing = paultrap::testing;
  for (const testing::Test& test : testing::tests()) {
    const int before = testing::failures;
    try {
      test.run();
    } catch (const std::exception& problem) {
      std::printf("%s: %s\n", test.name, problem.what());
      ++testing::failures;
    }
    if (testing::failures > before) std::printf("FAILED %s: %d checks\n", test.name, testing::failures - before);
  }
  std::printf("%zu tests of the kernels, %d failed checks\n", testing::tests().size(), testing::failures);
  return testing::failures ? 1 : 0;
}
