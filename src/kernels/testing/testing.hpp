// A few macros to test the kernels with: TEST(name) { CHECK(condition); }. The tests of x.cpp are in x_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "program/view.hpp"

namespace paultrap::testing {

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline int failures = 0;

struct Registered {
  Registered(const char* name, void (*run)()) { tests().push_back({name, run}); }
};

inline void check(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  if (++failures <= 20) std::printf("%s:%d: %s does not hold\n", file, line, what);
}

// A Program's arrays, to be filled gate by gate.
struct Arrays {
  std::vector<std::uint16_t> widths, control_counts, qubits;
  std::vector<std::int64_t> gate_offsets{0}, qubit_offsets{0}, param_offsets{0};
  std::vector<std::uint8_t> opcodes;
  std::vector<double> params;

  void gate(Opcode opcode, std::vector<std::uint16_t> on, std::vector<double> with = {}, std::uint16_t controls = 0) {
    opcodes.push_back(static_cast<std::uint8_t>(opcode));
    control_counts.push_back(controls);
    qubits.insert(qubits.end(), on.begin(), on.end());
    params.insert(params.end(), with.begin(), with.end());
    qubit_offsets.push_back(static_cast<std::int64_t>(qubits.size()));
    param_offsets.push_back(static_cast<std::int64_t>(params.size()));
  }

  void end_circuit(std::uint16_t width) {
    widths.push_back(width);
    gate_offsets.push_back(static_cast<std::int64_t>(opcodes.size()));
  }

  ProgramView view() const {
    return {widths, gate_offsets, opcodes, control_counts, qubit_offsets, qubits, param_offsets, params};
  }
};

}  // namespace paultrap::testing

#define CHECK(condition) ::paultrap::testing::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define TEST(name)                                                    \
  static void name();                                                 \
  static const ::paultrap::testing::Registered name##_test{#name, name}; \
  static void name()
