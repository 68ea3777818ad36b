// Uninitialised memory for states and answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "memory/blocks.hpp"

namespace paultrap {

// Memory for a state: grows on demand, and then its content is lost.
class StateBuffer {
 public:
  StateBuffer() = default;
  StateBuffer(const StateBuffer&) = delete;
  StateBuffer& operator=(const StateBuffer&) = delete;
  ~StateBuffer() { release(); }

  // At least `bytes`, contents undefined.
  void* get(std::size_t bytes) {
    if (bytes > block_.bytes) {
      release();
      block_ = take_block(bytes, Pages::kHuge);
    }
    return block_.data;
  }

  void release() {
    if (block_.data) give_block(std::exchange(block_, {}));
  }

  // The memory, to be given back by the caller; the buffer is empty afterwards.
  Block hand_on() { return std::exchange(block_, {}); }

  std::size_t bytes() const { return block_.bytes; }

 private:
  Block block_;
};

// An array of plain values whose memory can be passed on.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(std::size_t size, Pages pages = Pages::kNormal)
      : block_(take_block(size * sizeof(T), pages)), size_(size) {}
  Array(Array&& other) noexcept : block_(std::exchange(other.block_, {})), size_(std::exchange(other.size_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Array() {
    if (block_.data) give_block(block_);
  }

  // Keep the first `size` values, in less memory where they leave most of it unused.
  void shrink(std::size_t size) {
    size_ = size;
    if (size * sizeof(T) >= block_.bytes / 2) return;
    Array smaller(size);
    std::copy_n(data(), size, smaller.data());
    *this = std::move(smaller);
  }

  // The memory, to be given back by the caller; this array is empty afterwards.
  Block hand_on() {
    size_ = 0;
    return std::exchange(block_, {});
  }

  T* data() { return static_cast<T*>(block_.data); }
  const T* data() const { return static_cast<const T*>(block_.data); }
  std::size_t size() const { return size_; }

 private:
  Block block_;
  std::size_t size_ = 0;
};

}  // namespace paultrap
