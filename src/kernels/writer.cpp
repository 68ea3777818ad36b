#include <nanobind/nanobind.h>

namespace paultrap {
void bind_writer(nanobind::module_& module);
void bind_writer(nanobind::module_&) {}
}  // namespace paultrap
