// Checksums of rows: of values and their types, in order.
#include <nanobind/nanobind.h>

#include <cstdint>
#include <cstring>

#include "memory/checksum.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

constexpr std::size_t kLong = 1 << 16;  // bytes for which others may have the interpreter meanwhile

std::uint32_t add_number(char kind, const void* value, std::uint32_t sum) {
  char head[9] = {kind};
  std::memcpy(head + 1, value, 8);
  return crc32c(head, sizeof head, sum);
}

// Text and bytes are alike: what a database gives back is the one that was stored.
std::uint32_t add_bytes(const void* data, std::size_t size, std::uint32_t sum) {
  const std::uint64_t length = size;
  sum = add_number('s', &length, sum);
  if (size < kLong) return crc32c(data, size, sum);
  const nb::gil_scoped_release released;
  return crc32c(data, size, sum);
}

std::uint32_t add_buffer(PyObject* value, std::uint32_t sum) {
  Py_buffer view;
  if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
  try {
    sum = add_bytes(view.buf, static_cast<std::size_t>(view.len), sum);
  } catch (...) {
    PyBuffer_Release(&view);
    throw;
  }
  PyBuffer_Release(&view);
  return sum;
}

std::uint32_t add(PyObject* value, std::uint32_t sum) {
  if (value == Py_None) return crc32c("n", 1, sum);
  if (PyLong_Check(value)) {  // True and False too, as a database has them
    const long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred()) throw nb::python_error();
    return add_number('i', &number, sum);
  }
  if (PyFloat_Check(value)) {
    const double number = PyFloat_AS_DOUBLE(value);
    return add_number('f', &number, sum);
  }
  if (PyUnicode_Check(value)) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value, &size);
    if (text == nullptr) throw nb::python_error();
    return add_bytes(text, static_cast<std::size_t>(size), sum);
  }
  return add_buffer(value, sum);
}

std::uint32_t checksum(nb::handle row) {
  if (!PyTuple_Check(row.ptr())) throw nb::type_error("a row is a tuple");
  std::uint32_t sum = 0;
  const Py_ssize_t size = PyTuple_GET_SIZE(row.ptr());
  for (Py_ssize_t place = 0; place < size; ++place) sum = add(PyTuple_GET_ITEM(row.ptr(), place), sum);
  return sum;
}

nb::list checksums(nb::list rows) {
  nb::list found;
  for (nb::handle row : rows) found.append(checksum(row));
  return found;
}

}  // namespace

void bind_checksums(nb::module_& module) {
  module.def("checksum", &checksum, nb::arg("row"));
  module.def("checksums", &checksums, nb::arg("rows"));
}

}  // namespace paultrap
