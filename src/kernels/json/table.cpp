// A hash table from gate names to what the scanner must know of a gate.
#include "json/table.hpp"

#include <stdexcept>

namespace paultrap {

std::size_t GateTable::home(std::uint64_t name, bool native) {
  return ((name + native) * 0x9E3779B97F4A7C15ULL) >> 56;
}

void GateTable::add(std::string_view name, bool native, const GateName& gate) {
  if (name.size() > 8) return;  // the strict reader knows it
  std::size_t slot = home(word(name), native);
  for (std::size_t tried = 0; slots_[slot].name; slot = (slot + 1) % kSlots) {
    if (++tried == kSlots / 2) throw std::length_error("the gate table is full");
  }
  slots_[slot] = {word(name), native, gate};
}

const GateName* GateTable::find(std::uint64_t name, bool native) const {
  for (std::size_t slot = home(name, native); slots_[slot].name; slot = (slot + 1) % kSlots) {
    if (slots_[slot].name == name && slots_[slot].native == native) return &slots_[slot].gate;
  }
  return nullptr;
}

}  // namespace paultrap
