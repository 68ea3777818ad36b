// CRC-32C (Castagnoli), as RFC 3720 has it: finds any damage of up to 32 bits in a row, and all but one in
// four thousand million others.
#pragma once

#include <cstddef>
#include <cstdint>

namespace paultrap {

// The checksum of bytes that follow others, whose checksum is `before`; 0 at the beginning.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t before = 0);

// The same without the processor's own instruction, which is used where there is one.
std::uint32_t crc32c_by_tables(const void* data, std::size_t size, std::uint32_t before = 0);

}  // namespace paultrap
