// Tests of checksums: against the values that RFC 3720 prints, and bit by bit.
#include "memory/checksum.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "testing/testing.hpp"

namespace paultrap {

TEST(checksums_are_those_of_the_standard) {
  const std::string digits = "123456789";
  const std::vector<unsigned char> zeros(32, 0), ones(32, 255);
  for (const auto sum : {crc32c, crc32c_by_tables}) {
    CHECK(sum(digits.data(), digits.size(), 0) == 0xe3069283);
    CHECK(sum(zeros.data(), zeros.size(), 0) == 0x8a9136aa);
    CHECK(sum(ones.data(), ones.size(), 0) == 0x62a8ab43);
    CHECK(sum(nullptr, 0, 7) == 7);
  }
}

TEST(checksums_are_the_same_with_and_without_the_instruction_and_in_parts) {
  std::vector<unsigned char> data(1000);
  for (std::size_t k = 0; k < data.size(); ++k) data[k] = static_cast<unsigned char>(k * k + 3 * k);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t end = begin; end < data.size(); end += 37) {
      const std::uint32_t whole = crc32c(data.data() + begin, end - begin);
      CHECK(whole == crc32c_by_tables(data.data() + begin, end - begin));
      const std::size_t middle = begin + (end - begin) / 3;
      CHECK(whole == crc32c(data.data() + middle, end - middle, crc32c(data.data() + begin, middle - begin)));
    }
  }
}

TEST(any_flipped_bit_changes_a_checksum) {
  std::vector<unsigned char> data(300, 77);
  const std::uint32_t right = crc32c(data.data(), data.size());
  for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
    data[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
    CHECK(crc32c(data.data(), data.size()) != right);
    data[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
  }
}

}  // namespace paultrap
