#include <nanobind/nanobind.h>

namespace paultrap {
void bind_scanner(nanobind::module_& module);
void bind_scanner(nanobind::module_&) {}
}  // namespace paultrap
