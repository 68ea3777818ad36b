// An array to be filled and then passed on.
#pragma once

#include <cstddef>
#include <memory>

#include "memory/blocks.hpp"

namespace paultrap {

template <typename T>
class NewArray {
 public:
  explicit NewArray(std::size_t size) : size_(size), data_(static_cast<T*>(take_memory(size * sizeof(T)))) {}

  T* data() { return data_.get(); }
  std::size_t size() const { return size_; }

  // The memory, for whoever gives it back by give_memory.
  T* hand_on() { return data_.release(); }

 private:
  std::size_t size_;
  std::unique_ptr<T, GiveMemory> data_;
};

}  // namespace paultrap
