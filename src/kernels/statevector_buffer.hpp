// Uninitialised memory for states and answers: aligned, in huge pages where large, with no copy in between.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace paultrap {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Aligned memory of a fixed size, for states. Two small ones never share a page, so that threads do not disturb
// each other.
class StateBuffer {
 public:
  StateBuffer() = default;
  StateBuffer(const StateBuffer&) = delete;
  StateBuffer& operator=(const StateBuffer&) = delete;
  ~StateBuffer() { std::free(data_); }

  // At least `size` doubles, contents undefined.
  double* get(std::size_t size) {
    if (size > size_) {
      release();
      const std::size_t bytes = size * sizeof(double);
      const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : 4096;
      const std::size_t padded = (bytes + 2 * alignment - 1) / alignment * alignment;
      data_ = static_cast<double*>(std::aligned_alloc(alignment, padded));
      if (!data_) throw std::bad_alloc();
#if defined(__linux__)
      if (alignment == kHugePage) madvise(data_, padded, MADV_HUGEPAGE);
#endif
      size_ = size;
    }
    return data_;
  }

  void release() {
    std::free(std::exchange(data_, nullptr));
    size_ = 0;
  }

  std::size_t bytes() const { return size_ * sizeof(double); }

 private:
  double* data_ = nullptr;
  std::size_t size_ = 0;
};

// A growing array of plain values whose memory can be handed on.
template <class T>
class Array {
 public:
  Array() = default;
  Array(Array&& other) noexcept { *this = std::move(other); }
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Array() { std::free(data_); }

  // Room for `more` values after the last, to be written by the caller and then counted by grow().
  T* tail(std::size_t more) {
    if (size_ + more > capacity_) reserve(size_ + more > 2 * capacity_ ? size_ + more : 2 * capacity_);
    return data_ + size_;
  }
  void grow(std::size_t more) { size_ += more; }
  void resize(std::size_t size) {
    if (size > capacity_) reserve(size);
    size_ = size;
  }
  void clear() { size_ = 0; }
  void release() {
    std::free(handed_on());
  }
  // The memory, to be freed with std::free by the caller; this array is empty afterwards.
  T* handed_on() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }

  T* data() { return data_; }
  std::size_t size() const { return size_; }
  std::size_t capacity_bytes() const { return capacity_ * sizeof(T); }

 private:
  void reserve(std::size_t capacity) {
    void* data = std::realloc(data_, capacity * sizeof(T));
    if (!data) throw std::bad_alloc();
    data_ = static_cast<T*>(data);
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace paultrap
