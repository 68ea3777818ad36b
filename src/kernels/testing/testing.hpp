// A few macros to test the kernels with: TEST(name) { CHECK(condition); }. The tests of x.cpp are in x_test.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

#include "program/builder.hpp"
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

// A program, to be filled gate by gate.
class Arrays {
 public:
  void gate(Opcode opcode, std::vector<std::uint16_t> on, std::vector<double> with = {}, std::uint16_t controls = 0) {
    const std::span<const std::uint16_t> qubits(on);
    const std::size_t n_targets = on.size() - controls;
    gates_.add(Gate{opcode, qubits.first(n_targets), qubits.subspan(n_targets), with});
  }

  void end_circuit(std::uint16_t width) {
    widths_.push_back(width);
    ends_.push_back(static_cast<std::int64_t>(gates_.opcodes.size()));
  }

  // Of what has been added so far, as long as no other view is asked for.
  ProgramView view() const {
    const Counts<std::uint32_t> all = gates_.extent();
    made_.emplace(widths_.size(), Extent{all.gates, all.qubits, all.params});
    made_->put(gates_, {}, all, {});
    std::copy(widths_.begin(), widths_.end(), made_->widths.data());
    std::copy(ends_.begin(), ends_.end(), made_->gate_offsets.data() + 1);
    return made_->all([](auto&... arrays) { return ProgramView{{{arrays.data(), arrays.size()}...}}; });
  }

 private:
  GateColumns gates_;
  std::vector<std::uint16_t> widths_;
  std::vector<std::int64_t> ends_;
  mutable std::optional<NewProgram> made_;
};

}  // namespace paultrap::testing

#define CHECK(condition) ::paultrap::testing::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define TEST(name)                                                    \
  static void name();                                                 \
  static const ::paultrap::testing::Registered name##_test{#name, name}; \
  static void name()
