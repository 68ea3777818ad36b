#include "memory/checksum.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace paultrap {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// Table k has what a byte does to the checksum when k more bytes have followed.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) ? kPolynomial : 0);
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 255];
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t by_tables(const unsigned char* at, std::size_t size, std::uint32_t sum) {
  for (; size >= 8; at += 8, size -= 8) {
    sum ^= std::uint32_t{at[0]} | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
    sum = kTables[7][sum & 255] ^ kTables[6][sum >> 8 & 255] ^ kTables[5][sum >> 16 & 255] ^ kTables[4][sum >> 24] ^
          kTables[3][at[4]] ^ kTables[2][at[5]] ^ kTables[1][at[6]] ^ kTables[0][at[7]];
  }
  for (; size > 0; ++at, --size) sum = (sum >> 8) ^ kTables[0][(sum ^ *at) & 255];
  return sum;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const unsigned char* at, std::size_t size,
                                                               std::uint32_t sum) {
  std::uint64_t wide = sum;
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  sum = static_cast<std::uint32_t>(wide);
  for (; size > 0; ++at, --size) sum = _mm_crc32_u8(sum, *at);
  return sum;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2");
#elif defined(__ARM_FEATURE_CRC32)
std::uint32_t by_instruction(const unsigned char* at, std::size_t size, std::uint32_t sum) {
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    sum = __crc32cd(sum, word);
  }
  for (; size > 0; ++at, --size) sum = __crc32cb(sum, *at);
  return sum;
}

constexpr bool has_instruction = true;
#else
constexpr auto by_instruction = by_tables;
constexpr bool has_instruction = false;
#endif

}  // namespace

std::uint32_t crc32c_by_tables(const void* data, std::size_t size, std::uint32_t before) {
  return ~by_tables(static_cast<const unsigned char*>(data), size, ~before);
}

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t before) {
  if (!has_instruction) return crc32c_by_tables(data, size, before);
  return ~by_instruction(static_cast<const unsigned char*>(data), size, ~before);
}

}  // namespace paultrap
