// The numbers of paultrap.circuits.Opcode. A test holds the two tables together.
#pragma once

#include <cstdint>

namespace paultrap {

enum class Opcode : std::uint8_t {
  X = 0,
  Y = 1,
  Z = 2,
  H = 3,
  S = 4,
  SI = 5,
  T = 6,
  TI = 7,
  V = 8,
  VI = 9,
  RX = 10,
  RY = 11,
  RZ = 12,
  XPOW = 13,
  YPOW = 14,
  ZPOW = 15,
  SWAP = 16,
  XX = 17,
  YY = 18,
  ZZ = 19,
  PAULIEXP = 20,
  GPI = 21,
  GPI2 = 22,
  MS = 23,
  NATIVE_ZZ = 24,
  NOP = 25,
  COPY = 26,
};

}  // namespace paultrap
