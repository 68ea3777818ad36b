// The choice of an instruction set, once per call.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "statevector/isa.hpp"

namespace paultrap {
namespace {

const Isa* find(const std::string& name, Precision precision) {
  const bool single = precision == Precision::kSingle;
  if (name == "portable") return single ? &portable_single::kIsa : &portable::kIsa;
#if defined(PAULTRAP_X86)
  if (name == "avx2" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("popcnt")) {
    return single ? &avx2_single::kIsa : &avx2::kIsa;
  }
  if (name == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
    return single ? &avx512_single::kIsa : &avx512::kIsa;
  }
#endif
  return nullptr;
}

}  // namespace

const Isa& choose_isa(const char* name, Precision precision) {
  if (!name) name = std::getenv("PAULTRAP_ISA");
  if (name && *name) {
    if (const Isa* found = find(name, precision)) return *found;
    throw std::invalid_argument(std::string("PAULTRAP_ISA: this processor does not run '") + name +
                                "'; choose portable, avx2 or avx512, or leave it unset");
  }
  for (const char* best : {"avx512", "avx2"}) {
    if (const Isa* found = find(best, precision)) return *found;
  }
  return *find("portable", precision);
}

}  // namespace paultrap
