// Hands flat arrays from C++ to numpy, which then owns them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>

#include "memory/blocks.hpp"

namespace paultrap {

template <typename T>
using InputArray = nanobind::ndarray<const T, nanobind::ndim<1>, nanobind::c_contig,
                                     nanobind::device::cpu>;
template <typename T>
using OutputArray = nanobind::ndarray<nanobind::numpy, const T, nanobind::ndim<1>>;

// An array to be filled by C++ and then given to numpy, read-only.
template <typename T>
class NewArray {
 public:
  explicit NewArray(std::size_t size) : size_(size), data_(static_cast<T*>(take_memory(size * sizeof(T)))) {}

  T* data() { return data_.get(); }
  std::size_t size() const { return size_; }

  // Needs the GIL.
  OutputArray<T> release() {
    T* data = data_.release();
    nanobind::capsule owner(data, [](void* p) noexcept { give_memory(p); });
    return OutputArray<T>(data, {size_}, owner);
  }

 private:
  std::size_t size_;
  std::unique_ptr<T, GiveMemory> data_;
};

}  // namespace paultrap
