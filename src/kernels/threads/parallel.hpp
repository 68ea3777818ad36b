// Runs independent pieces of work on the process's threads.
#pragma once

#include <cstddef>
#include <functional>

namespace paultrap {

// How many threads this process may use at once; at least 1. It is told so before any work begins, and 1 until then.
std::size_t processors();
void set_processors(std::size_t count);

// Calls work(0) to work(n - 1), each once, on up to `threads` threads, this one included.
// The first exception is thrown here after all have stopped.
void parallel_for(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace paultrap
