#include <nanobind/nanobind.h>

namespace paultrap {
void bind_statevector(nanobind::module_& module);
void bind_statevector(nanobind::module_&) {}
}  // namespace paultrap
