// A Program's arrays on their way from numpy to C++, and arrays on their way back.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "memory/buffer.hpp"
#include "program/view.hpp"
#include "statevector/fold.hpp"

namespace paultrap {

template <class T>
using Input = nanobind::ndarray<const T, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

template <class T>
std::span<const T> span(const Input<T>& array) {
  return {array.data(), array.size()};
}

// The fields of paultrap.circuits.Program, in its order.
struct PythonProgram {
  Input<std::uint16_t> widths;
  Input<std::int64_t> gate_offsets;
  Input<std::uint8_t> opcodes;
  Input<std::uint16_t> control_counts;
  Input<std::int64_t> qubit_offsets;
  Input<std::uint16_t> qubits;
  Input<std::int64_t> param_offsets;
  Input<double> params;

  ProgramView view() const {
    return {span(widths), span(gate_offsets), span(opcodes),       span(control_counts),
            span(qubit_offsets), span(qubits), span(param_offsets), span(params)};
  }
};

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

}  // namespace paultrap
