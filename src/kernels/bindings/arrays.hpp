// Flat arrays on their way from numpy to C++, and from C++ to numpy, which then owns them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "memory/buffer.hpp"
#include "memory/column.hpp"
#include "statevector/cost.hpp"
#include "statevector/fold.hpp"

namespace paultrap {

template <class T>
using Input = nanobind::ndarray<const T, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

template <class T>
std::span<const T> span(const Input<T>& array) {
  return {array.data(), array.size()};
}

// Read-only.
template <class T>
using OutputArray = nanobind::ndarray<nanobind::numpy, const T, nanobind::ndim<1>>;

// Needs the GIL, as does all that follows.
template <class T>
OutputArray<T> release(NewArray<T>& array) {
  const std::size_t size = array.size();
  T* data = array.hand_on();
  nanobind::capsule owner(data, [](void* memory) noexcept { give_memory(memory); });
  return OutputArray<T>(data, {size}, owner);
}

template <class T>
nanobind::object as_array(T* data, std::size_t size, std::shared_ptr<Memory> memory) {
  auto held = std::make_unique<std::shared_ptr<Memory>>(std::move(memory));
  nanobind::capsule owner(held.get(), [](void* last) noexcept { delete static_cast<std::shared_ptr<Memory>*>(last); });
  held.release();
  return nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>>(data, {size}, owner).cast();
}

template <class T>
nanobind::object hand_over(Array<T>& array) {
  T* data = array.data();
  const std::size_t size = array.size();
  return as_array(data, size, share(array));
}

// The amounts of each circuit's kinds of work, one circuit after the other: `work_of(circuit)` is a Work.
template <class WorkOf>
Array<double> amounts_of(std::size_t n_circuits, const WorkOf& work_of) {
  Array<double> amounts(n_circuits * kWorkKinds);
  for (std::size_t k = 0; k < n_circuits; ++k) {
    const Work work = work_of(k);
    std::copy(work.amounts.begin(), work.amounts.end(), amounts.data() + k * kWorkKinds);
  }
  return amounts;
}

}  // namespace paultrap
