// Uninitialised memory for states and answers: aligned, and in huge pages where large.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace paultrap {

enum class Pages { kNormal, kHuge };

// Memory for `bytes`, to be freed with std::free. Small ones start on a page of their own, so that threads do not
// disturb each other; what may use huge pages starts on one of those.
inline void* allocate(std::size_t bytes, Pages pages) {
  constexpr std::size_t kPage = 4096, kHugePage = std::size_t{2} << 20;
  const bool huge = pages == Pages::kHuge && bytes >= 2 * kHugePage;
  const std::size_t alignment = huge ? kHugePage : kPage;
  const std::size_t padded = (bytes / alignment + 1) * alignment;
  void* data = padded < bytes ? nullptr : std::aligned_alloc(alignment, padded);
  if (!data) throw std::bad_alloc();
#if defined(__linux__)
  if (huge) madvise(data, padded, MADV_HUGEPAGE);
#endif
  return data;
}

// Memory for a state: grows when asked for more, and then forgets what it held.
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
      data_ = static_cast<double*>(allocate(size * sizeof(double), Pages::kHuge));
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

// An array of plain values whose memory can be handed on.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(std::size_t size, Pages pages = Pages::kNormal)
      : data_(static_cast<T*>(allocate(size * sizeof(T), pages))), size_(size) {}
  Array(Array&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Array() { std::free(data_); }

  // Keep the first `size` values and give the rest of the memory back.
  void shrink(std::size_t size) {
    if (size == size_) return;
    if (void* data = std::realloc(data_, (size > 0 ? size : 1) * sizeof(T))) data_ = static_cast<T*>(data);
    size_ = size;
  }

  // The memory, to be freed with std::free by the caller; this array is empty afterwards.
  T* hand_on() {
    size_ = 0;
    return std::exchange(data_, nullptr);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace paultrap
