// Arrays to be filled, from front to back or at once, and then passed on.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>

#include "memory/blocks.hpp"

namespace paultrap {

// A growing array whose memory is not cleared first; room is made ahead, so adding is one store.
template <typename T>
class Column {
 public:
  void make_room(std::size_t more) {
    if (size_ + more > capacity_) grow(size_ + more);
  }
  void push(T value) { data_.get()[size_++] = value; }
  void cut(std::size_t size) { size_ = size; }
  std::size_t size() const { return size_; }
  T* end() { return data_.get() + size_; }  // where room was made
  const T* data() const { return data_.get(); }

 private:
  void grow(std::size_t needed) {
    const std::size_t capacity = needed > 2 * capacity_ ? needed : 2 * capacity_;
    std::unique_ptr<T, GiveMemory> data(static_cast<T*>(take_memory(capacity * sizeof(T))));
    if (size_) std::memcpy(data.get(), data_.get(), size_ * sizeof(T));
    data_ = std::move(data);
    capacity_ = capacity;
  }

  std::unique_ptr<T, GiveMemory> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

// An array of a known size.
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
