// Binds the arrays of a Program; here they are checked.
#include <nanobind/nanobind.h>

#include "bindings/program_arrays.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

template <class... Arrays>
ProgramArrays* checked(const Arrays&... arrays) {
  auto made = std::make_unique<ProgramArrays>(ProgramArrays{{arrays...}});
  {
    const nb::gil_scoped_release release;
    check_layout(made->view());
  }
  return made.release();
}

}  // namespace

void bind_program(nb::module_& module);

void bind_program(nb::module_& module) {
  const auto& names = kProgramFields;
  nb::class_<ProgramArrays>(module, "ProgramArrays")
      .def(nb::new_(&checked<Input<std::uint16_t>, Input<std::int64_t>, Input<std::uint8_t>, Input<std::uint16_t>,
                             Input<std::int64_t>, Input<std::uint16_t>, Input<std::int64_t>, Input<double>>),
           nb::arg(names[0]), nb::arg(names[1]), nb::arg(names[2]), nb::arg(names[3]), nb::arg(names[4]),
           nb::arg(names[5]), nb::arg(names[6]), nb::arg(names[7]));
}

}  // namespace paultrap
