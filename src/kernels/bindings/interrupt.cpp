// Lets Python end runs in other threads, and make them give way to another process.
#include "threads/interrupt.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace nb = nanobind;

namespace paultrap {
namespace {

using Byte = nb::ndarray<const std::uint8_t, nb::shape<1>, nb::c_contig, nb::device::cpu>;

// The memory stays: a thread may look at it at any time.
void give_way_to(const Byte& busy) {
  static_assert(sizeof(std::atomic<std::uint8_t>) == 1 && std::atomic<std::uint8_t>::is_always_lock_free);
  new Byte(busy);
  give_way(reinterpret_cast<const std::atomic<std::uint8_t>*>(busy.data()));
}

// The class is Python's, as one of its hierarchy.
void raise_interrupted(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Interrupted& interrupted) {
    const nb::object type = nb::module_::import_("paultrap.circuits").attr("InterruptedRunError");
    PyErr_SetString(type.ptr(), interrupted.what());
  }
}

}  // namespace

void bind_interrupt(nb::module_& module);

void bind_interrupt(nb::module_& module) {
  nb::register_exception_translator(raise_interrupted);
  module.def("interrupt_runs", &interrupt_runs, nb::arg("on"));
  module.def("give_way", &give_way_to, nb::arg("busy"));
  module.def("look_up", &look_up, nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace paultrap
