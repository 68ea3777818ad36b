#include "qasm/flat.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "qasm/expressions.hpp"
#include "qasm/numbers.hpp"
#include "qasm/tokens.hpp"
#include "qasm/unitaries.hpp"

namespace paultrap::qasm {
namespace {

constexpr std::int64_t kLargestRegister = 4096;
constexpr std::size_t kSmallSteps = 8;             // of a statement, or of a gate

// Words of either version that begin something else than a flat program's statements, or cannot be names.
constexpr std::array<std::string_view, 67> kWords{
    "OPENQASM", "include", "defcalgrammar", "def", "cal", "defcal", "gate", "extern", "box", "let", "break",
    "continue", "if", "else", "end", "return", "for", "while", "in", "switch", "case", "default", "nop", "pragma",
    "input", "output", "const", "readonly", "mutable", "qreg", "qubit", "creg", "bool", "bit", "int", "uint", "float",
    "angle", "complex", "array", "void", "duration", "stretch", "gphase", "inv", "pow", "ctrl", "negctrl", "dim",
    "durationof", "delay", "reset", "measure", "barrier", "true", "false", "im", "opaque", "pi", "tau", "euler",
    "sizeof", "real", "imag", "U", "CX", "popcount"};

bool is_word(std::string_view name) { return std::find(kWords.begin(), kWords.end(), name) != kWords.end(); }

struct Register {
  bool is_quantum = false;
  bool is_single = false;
  std::int64_t first = 0, size = 1;
};

struct Operand {
  std::int64_t first = 0, size = 1;
  bool is_single = true;
  bool is_quantum = true;
};

class Reader {
 public:
  Reader(std::string_view text, const Gates& gates, const Bounds& bounds)
      : tokens_(text), gates_(gates), bounds_(bounds), is_3_(gates.version() == 3) {}

  bool run() {
    if (!version()) return false;
    while (tokens_.now().kind != Kind::kEnd) {
      start_ = tokens_.now().start;
      small_steps_ += static_cast<std::int64_t>(kSmallSteps);
      if (!statement() || (is_long() && !found_.too_many)) return false;
    }
    return found_.qubits > 0 && !is_unclear_;
  }

  FlatProgram take() { return std::move(found_); }

 private:
  bool version() {
    if (!tokens_.now().is_name("OPENQASM")) return true;
    tokens_.advance();
    const std::string_view number = tokens_.now().text;
    const bool is_known = is_3_ ? number == "3" || number == "3.0" || number == "3.1" : number == "2" || number == "2.0";
    if (!is_known || tokens_.was_comment()) return false;
    tokens_.advance();
    return take_symbol(";");
  }

  bool statement() {
    const Token first = tokens_.now();
    if (first.kind != Kind::kName) return false;
    tokens_.advance();
    if (first.text == "include") return include();
    if (first.text == "qreg" || first.text == "creg") return old_register(first.text == "qreg");
    if (is_3_ && (first.text == "qubit" || first.text == "bit")) return new_register(first.text == "qubit");
    if (first.text == "barrier") return barrier();
    if (first.text == "measure") return arrow();
    if (tokens_.now().is("=") || tokens_.now().is("[")) return is_3_ && assignment(first.text);
    return gate(std::string(first.text));
  }

  bool include() {
    const Token file = tokens_.now();
    if (file.kind != Kind::kString || tokens_.was_comment()) return false;
    if (file.text.substr(1, file.text.size() - 2) != gates_.file()) return false;
    has_file_ = true;
    tokens_.advance();
    return take_symbol(";");
  }

  bool old_register(bool is_quantum) {
    const Token name = tokens_.now();
    tokens_.advance();
    std::int64_t size = 0;
    return take_symbol("[") && integer(size) && take_symbol("]") && take_symbol(";") &&
           declare(name, {is_quantum, false, 0, size});
  }

  bool new_register(bool is_quantum) {
    Register declared{is_quantum, true, 0, 1};
    if (tokens_.now().is("[")) {
      tokens_.advance();
      declared.is_single = false;
      if (!integer(declared.size) || !take_symbol("]")) return false;
    }
    const Token name = tokens_.now();
    tokens_.advance();
    return take_symbol(";") && declare(name, declared);
  }

  bool declare(const Token& name, Register declared) {
    if (name.kind != Kind::kName || is_word(name.text)) return false;
    if (declared.size < 1 || declared.size > kLargestRegister) return false;
    const std::string key(name.text);
    if (gates_.find(key) != nullptr || applied(name.text, 3, *Number::whole(1))) return false;
    if (declared.is_quantum) {
      declared.first = found_.qubits;
      found_.qubits += declared.size;
      if (found_.qubits > bounds_.qubits) return false;
      is_measured_.resize(static_cast<std::size_t>(found_.qubits), false);
    } else {
      declared.first = static_cast<std::int64_t>(found_.bits.size());
      if (declared.first + declared.size > bounds_.bits) return false;
      found_.bits.resize(static_cast<std::size_t>(declared.first + declared.size), -1);
      found_.registers.push_back(key);
      found_.register_sizes.push_back(static_cast<std::int32_t>(declared.size));
      small_steps_ += declared.size;
    }
    return registers_.emplace(key, declared).second;
  }

  bool barrier() {
    if (tokens_.now().is(";")) {
      tokens_.advance();
      return true;
    }
    return operands() && std::all_of(operands_.begin(), operands_.end(), [](const Operand& each) { return each.is_quantum; });
  }

  bool arrow() {
    Operand qubits, bits;
    return operand(qubits) && take_symbol("->") && operand(bits) && take_symbol(";") && measure(qubits, bits);
  }

  // c = measure q; of which the name c is read.
  bool assignment(std::string_view name) {
    Operand qubits, bits;
    if (!operand_of(name, bits) || !take_symbol("=") || !tokens_.now().is_name("measure")) return false;
    tokens_.advance();
    return operand(qubits) && take_symbol(";") && measure(qubits, bits);
  }

  bool measure(const Operand& qubits, const Operand& bits) {
    if (!qubits.is_quantum || bits.is_quantum || qubits.size != bits.size) return false;
    for (std::int64_t k = 0; k < qubits.size; ++k) {
      const auto qubit = static_cast<std::size_t>(qubits.first + k);
      if (is_measured_[qubit]) return false;
      is_measured_[qubit] = true;
      found_.bits[static_cast<std::size_t>(bits.first + k)] = static_cast<std::int32_t>(qubit);
      small_steps_ += 1;
      count();
    }
    found_.is_measured = true;
    return true;
  }

  bool gate(const std::string& name) {
    const Gate* const gate = gates_.find(name);
    if (gate == nullptr || (!gate->is_built_in && !has_file_)) return false;
    params_.clear();
    if (tokens_.now().is("(") && !parameters()) return false;
    if (static_cast<int>(params_.size()) != gate->params || !operands()) return false;
    if (static_cast<int>(operands_.size()) != gate->qubits) return false;
    std::int64_t times = 1;
    bool is_single = true;
    for (const Operand& each : operands_) {
      if (!each.is_quantum) return false;
      if (each.is_single) continue;
      if (!is_single && each.size != times) return false;
      is_single = false;
      times = each.size;
    }
    if (gate->euler) turns_ = turns_of(unitary(*gate->euler), gate->qubits > 1);
    for (std::int64_t k = 0; k < times; ++k) {
      if (!place(*gate, k)) return false;
    }
    return true;
  }

  // One of the gates that a gate on registers means.
  bool place(const Gate& gate, std::int64_t k) {
    on_.clear();
    for (const Operand& each : operands_) {
      const auto qubit = static_cast<std::size_t>(each.first + (each.is_single ? 0 : k));
      if (is_measured_[qubit]) return false;
      if (std::find(on_.begin(), on_.end(), qubit) != on_.end()) return false;
      on_.push_back(static_cast<std::uint16_t>(qubit));
    }
    const std::size_t pieces = gate.euler ? 1 : gate.steps.size();
    small_steps_ += static_cast<std::int64_t>(kSmallSteps * std::max(pieces, std::size_t{1}) + on_.size());
    for (const Step& step : gate.steps) add(step);
    if (gate.euler) add_turns();
    return true;
  }

  Unitary unitary(const Euler& euler) {
    const auto angle = [&](int place) {
      return place == Euler::kQuarterTurn ? std::numbers::pi / 2 : params_[static_cast<std::size_t>(place)];
    };
    half_of_.clear();
    for (const int place : euler.half_of) half_of_.push_back(angle(place));
    return paultrap::qasm::euler(angle(euler.angles[0]), angle(euler.angles[1]), angle(euler.angles[2]), half_of_);
  }

  void add(const Step& step) {
    if (!count()) return;
    const GateFacts& facts = kGates[step.opcode];
    const std::size_t n_angles = facts.params > 0 ? params_.size() : 0;
    GateColumns& gates = found_.gates;
    gates.make_room(1, step.places.size(), n_angles);
    for (const std::uint16_t place : step.places) gates.qubits.push(on_[place]);
    for (std::size_t k = 0; k < n_angles; ++k) {
      gates.params.push(facts.is_native ? std::fmod(params_[k], 2) : reduced(params_[k]));
    }
    gates.end_gate(step.opcode, static_cast<std::size_t>(step.controls));
  }

  void add_turns() {
    const std::size_t n_controls = on_.size() - 1;
    for (const Turn& turn : turns_) {
      if (!count()) return;
      GateColumns& gates = found_.gates;
      gates.make_room(1, on_.size(), 1);
      // A phase has the last control for its target.
      const bool has_controls = turn.on != On::kTarget, is_phase = turn.on == On::kControls;
      gates.qubits.push(is_phase ? on_[n_controls - 1] : on_[n_controls]);
      const std::size_t others = has_controls ? n_controls - is_phase : 0;
      for (std::size_t k = 0; k < others; ++k) gates.qubits.push(on_[k]);
      gates.params.push(reduced(turn.angle));
      gates.end_gate(static_cast<std::uint8_t>(turn.opcode), others);
    }
  }

  // Counts an operation; returns whether there may be so many.
  bool count() {
    if (++found_.operations <= bounds_.operations) return true;
    if (!found_.too_many) {
      found_.too_many = start_;
      is_unclear_ = is_long();  // the unroller knows of what there was too much first
    }
    return false;
  }

  bool is_long() const { return small_steps_ + static_cast<std::int64_t>(tokens_.count()) > bounds_.small_steps; }

  bool parameters() {
    do {
      tokens_.advance();
      const std::optional<Number> found = Expression(tokens_, gates_.version()).read();
      if (!found) return false;
      params_.push_back(found->value());
    } while (tokens_.now().is(","));
    return take_symbol(")");
  }

  bool operands() {
    operands_.clear();
    for (;;) {
      Operand found;
      if (!operand(found)) return false;
      operands_.push_back(found);
      if (!tokens_.now().is(",")) break;
      tokens_.advance();
    }
    return take_symbol(";");
  }

  bool operand(Operand& found) {
    const Token name = tokens_.now();
    if (name.kind != Kind::kName) return false;
    tokens_.advance();
    return operand_of(name.text, found);
  }

  // What a name that was read means with the index that may follow.
  bool operand_of(std::string_view name, Operand& found) {
    const auto declared = registers_.find(std::string(name));
    if (declared == registers_.end()) return false;
    const Register& all = declared->second;
    found = {all.first, all.size, all.is_single, all.is_quantum};
    if (!tokens_.now().is("[")) return true;
    tokens_.advance();
    std::int64_t index = 0;
    if (all.is_single || !integer(index) || index >= all.size || !take_symbol("]")) return false;
    found = {all.first + index, 1, true, all.is_quantum};
    return true;
  }

  bool integer(std::int64_t& found) {
    const Token token = tokens_.now();
    if (token.kind != Kind::kInteger || token.text.size() > 9) return false;
    found = 0;
    for (const char digit : token.text) found = 10 * found + (digit - '0');
    tokens_.advance();
    return true;
  }

  bool take_symbol(std::string_view symbol) {
    if (!tokens_.now().is(symbol)) return false;
    tokens_.advance();
    return true;
  }

  Tokens tokens_;
  const Gates& gates_;
  const Bounds bounds_;
  const bool is_3_;
  bool has_file_ = false;
  std::size_t start_ = 0;
  std::int64_t small_steps_ = 0;
  bool is_unclear_ = false;
  FlatProgram found_;
  std::unordered_map<std::string, Register> registers_;
  std::vector<bool> is_measured_;  // each qubit
  std::vector<double> params_, half_of_;
  Few<Turn, kMostTurns> turns_;
  std::vector<Operand> operands_;
  std::vector<std::uint16_t> on_;
};

}  // namespace

std::optional<FlatProgram> read_flat(std::string_view text, const Gates& gates, const Bounds& bounds) {
  constexpr std::int64_t kMostQubits = std::numeric_limits<std::uint16_t>::max();
  if (text.size() > std::numeric_limits<std::uint32_t>::max() || bounds.qubits > kMostQubits) return std::nullopt;
  Reader reader(text, gates, bounds);
  if (!reader.run()) return std::nullopt;
  return reader.take();
}

}  // namespace paultrap::qasm
