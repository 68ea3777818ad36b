// Tests of the reader of flat programs: what is flat, what is not, and that it never leaves the text.
#include "qasm/flat.hpp"

#include <string>

#include "qasm/unitaries.hpp"
#include "testing/testing.hpp"

using namespace paultrap::qasm;

namespace {

constexpr auto kX = static_cast<std::uint8_t>(paultrap::Opcode::X), kRx = static_cast<std::uint8_t>(paultrap::Opcode::RX),
               kGpi = static_cast<std::uint8_t>(paultrap::Opcode::GPI), kZpow = static_cast<std::uint8_t>(paultrap::Opcode::ZPOW);

template <class T>
std::vector<T> values(const paultrap::Column<T>& column) {
  return {column.data(), column.data() + column.size()};
}

Gates gates_of(int version) {
  Gates gates(version, version == 2 ? "qelib1.inc" : "stdgates.inc");
  gates.add("x", {0, 1, false, {{kX, {0}, 0}}, {}});
  gates.add("id", {0, 1, false, {}, {}});
  gates.add("rx", {1, 1, false, {{kRx, {0}, 0}}, {}});
  gates.add("cx", {0, 2, false, {{kX, {1, 0}, 1}}, {}});
  gates.add("gpi", {1, 1, false, {{kGpi, {0}, 0}}, {}});
  gates.add("U", {3, 1, true, {}, Euler{{0, 1, 2}, {0, 1, 2}}});
  gates.add("cu", {4, 2, false, {}, Euler{{0, 1, 2}, {3, 3, 1, 2}}});
  return gates;
}

constexpr Bounds kBounds{10, 8, 8, 10'000};

const std::string kHead2 = "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n", kHead3 = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n";

std::optional<FlatProgram> read(int version, const std::string& body) {
  const Gates gates = gates_of(version);
  return read_flat((version == 2 ? kHead2 : kHead3) + body, gates, kBounds);
}

}  // namespace

TEST(gates_on_registers_are_gates_on_each_qubit) {
  const auto found = read(3, "qubit[3] q; qubit a; bit[3] c; x q; cx a, q; rx(-pi / 2) q[1]; c = measure q;");
  CHECK(found && found->qubits == 4 && found->is_measured);
  if (!found) return;
  CHECK(found->operations == 10 && !found->too_many);
  CHECK((values(found->gates.opcodes) == std::vector<std::uint8_t>{kX, kX, kX, kX, kX, kX, kRx}));
  CHECK((values(found->gates.control_counts) == std::vector<std::uint16_t>{0, 0, 0, 1, 1, 1, 0}));
  CHECK((values(found->gates.qubits) == std::vector<std::uint16_t>{0, 1, 2, 0, 3, 1, 3, 2, 3, 1}));
  CHECK((found->bits == std::vector<std::int32_t>{0, 1, 2}));
}

TEST(both_versions_have_their_own_expressions) {
  for (const auto& [version, text, value] : {std::tuple{2, "-2^2", -4.0}, {3, "-2**2", -4.0}, {2, "2^-1", 0.5},
                                             {3, "2**-1*3", 1.5}, {2, "2^3^2", 512.0}, {3, "(1+2)*3/4", 2.25},
                                             {2, "+ln(1)", 0.0}, {3, "arcsin(0)", 0.0}, {3, "7/7", 1.0}}) {
    const auto found = read(version, "qreg q[1]; rx(" + std::string(text) + ") q[0];");
    CHECK(found && values(found->gates.params) == std::vector<double>{reduced(value)});
  }
}

TEST(what_is_not_flat_is_left_to_others) {
  for (const std::string text :
       {"qreg q[2]; cx q[0], q[0];", "qreg q[2]; cx q, q;", "qreg q[2]; x q[2];", "qreg q[2]; y q;", "qreg q[9];",
        "qreg q[1]; creg c[1]; measure q -> c; x q;", "qreg q[1]; gate g a { x a; } g q[0];", "qreg q[1]; x q", "",
        "qreg q[1]; rx(1e999) q[0];", "qreg q[1]; rx(1/0) q[0];", "qreg q[1]; rx(sqrt(-1)) q[0];", "qreg x[1];",
        "qreg q[1]; rx(1_0) q[0];", "qreg q[1]; /* x q[0];", "qreg q[1]; rx(0.1.2) q[0];", "qreg q[1]; rx(t) q[0];",
        "qreg q[1]; reset q[0];", "qreg q[1]; if (c == 1) x q[0];", "qreg q[0];", "qreg q[1]; qreg q[1];"}) {
    CHECK(!read(2, text));
    CHECK(!read(3, text));
  }
  const std::string deep = "qreg q[1]; rx(" + std::string(100000, '(') + "1" + std::string(100000, ')') + ") q[0];";
  CHECK(!read(2, deep) && !read(3, deep));
  const std::string signs = "qreg q[1]; rx(" + std::string(100000, '-') + "1) q[0];";
  CHECK(!read(2, signs) && !read(3, signs));
}

TEST(long_chains_of_operators_are_left_to_others) {
  std::string chain = "1";
  for (int k = 0; k < 100; ++k) chain += "+1";
  CHECK(read(2, "qreg q[1]; rx(" + chain + ") q[0]; rx(" + chain + ") q[0];"));
  CHECK(!read(2, "qreg q[1]; rx(" + chain + "+1) q[0];"));
}

TEST(every_beginning_of_a_program_is_read_within_its_bounds) {
  const std::string text =
      "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n// \xc3\xa9\n/* c */ qubit[2] q;\r\nbit[2] c; rx(2 ** -1.5e-3 + .5) q[1];\n"
      "U(pi, -1, 2.) q[0]; cx q[0], q[1]; barrier q; c[0] = measure q[0]; measure q[1] -> c[1];";
  const Gates gates = gates_of(3);
  CHECK(read_flat(text, gates, kBounds));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string beginning(text, 0, size);  // so that reading beyond it is seen
    read_flat(beginning, gates, kBounds);
    for (const char other : {'\0', '\xff', '"', '(', '/', '*', '9', '.', 'e', ';', '[', '\r'}) {
      read_flat(beginning + other, gates, kBounds);
    }
  }
}

TEST(gates_of_euler_angles_are_those_of_the_table) {
  const auto found = read(3, "qubit[2] q; U(pi, 0, pi) q[0]; U(0, 0, 0) q; cu(0, 0, 0, 1) q[0], q[1]; gpi(2.25) q[1];");
  CHECK(found && found->operations == 3);
  if (!found) return;
  CHECK(values(found->gates.opcodes)[1] == kZpow && values(found->gates.control_counts)[1] == 0);
  CHECK((values(found->gates.qubits) == std::vector<std::uint16_t>{0, 0, 1}));
  CHECK(values(found->gates.params).back() == 0.25);
}

TEST(no_more_is_kept_than_there_may_be) {
  std::string text = "qreg q[8]; ";
  for (int k = 0; k < 20; ++k) text += "x q; id q; U(1, 2, 3) q; ";
  const auto found = read(2, text);
  CHECK(found && found->gates.opcodes.size() == 10 && found->too_many);
  if (found && found->too_many) CHECK(text.substr(*found->too_many - kHead2.size()).starts_with("U(1, 2, 3) q; "));
  for (int k = 0; k < 200; ++k) text += "U(0, 0, 0) q; ";
  CHECK(read(2, text) && !read(2, text + "U(0, 0, 0) q"));
  std::string idle = "qreg q[8]; ";
  for (int k = 0; k < 200; ++k) idle += "U(0, 0, 0) q; ";
  CHECK(!read(2, idle));  // the unroller is to say whether these are too many steps
}
