#include "scanner_gates.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "json.hpp"

namespace paultrap {
namespace {

constexpr int kMostQubits = 64;          // of a fast circuit: its qubits are a word of bits
constexpr double kDefaultMsAngle = 0.25;  // turns

constexpr std::uint64_t word(std::string_view text) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bytes |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  }
  return bytes;
}

enum Field : unsigned {
  kGate = 1, kTarget = 2, kTargets = 4, kControl = 8, kControls = 16, kRotation = 32, kPhase = 64,
  kPhases = 128, kAngle = 256, kTime = 512, kCoefficients = 1024, kTerms = 2048,
};
constexpr unsigned kAngles = kRotation | kPhase | kPhases | kAngle | kTime | kCoefficients | kTerms;

struct Qubits {
  int count = 0;
  std::uint64_t mask = 0;
  std::array<std::uint8_t, kMostQubits> list;
};

// The fields of one gate object as read, in whatever order they came.
struct Fields {
  unsigned seen = 0;
  std::uint64_t name = 0;
  Qubits targets, controls;
  double rotation = 0, phase = 0, angle = 0, time = 0;
  std::array<double, 2> phases{};
  std::vector<double> coefficients;
  std::vector<std::string_view> terms;

  void clear() {
    seen = 0;
    targets.count = controls.count = 0;
    targets.mask = controls.mask = 0;
  }
};

// Reads one circuit. Every function returns where it stopped, or nullptr to hand back.
class CircuitReader {
 public:
  CircuitReader(std::string_view body, const GateTable& table, GateArrays& out)
      : end_(body.data() + body.size()), table_(table), out_(out) {}

  bool read(const char* p, const char* end, bool native, int width) {
    native_ = native;
    width_ = width;
    highest_ = 0;
    if (*p != '[') return false;
    p = json::skip_space(p + 1);
    if (*p == ']') return p + 1 == end;
    while (true) {
      p = gate(p);
      if (!p || !add_gate()) return false;
      p = json::skip_space(p);
      if (*p == ']') return p + 1 == end;
      if (*p != ',') return false;
      p = json::skip_space(p + 1);
    }
  }

  int highest_qubit() const { return highest_; }

 private:
  // A short string without escapes as a word; p is at its opening quote.
  const char* name(const char* p, std::uint64_t& bytes) {
    if (*p != '"') return nullptr;
    if (end_ - p > 8) {
      std::memcpy(&bytes, p + 1, 8);
    } else {
      bytes = 0;
      std::memcpy(&bytes, p + 1, static_cast<std::size_t>(end_ - p - 1));
    }
    constexpr std::uint64_t ones = word("\1\1\1\1\1\1\1\1");
    const std::uint64_t quotes = bytes ^ (ones * '"');
    const std::uint64_t marks = (quotes - ones) & ~quotes & (ones << 7);
    const int length = marks ? std::countr_zero(marks) / 8 : 8;
    if (length == 0) return nullptr;
    bytes &= ~std::uint64_t{0} >> (64 - 8 * length);
    if (!(bytes >> (8 * length - 8))) return nullptr;  // a zero at the end would read as a shorter name
    return p + 1 + length;  // at the closing quote, if it is one
  }

  const char* gate(const char* p) {
    if (*p != '{') return nullptr;
    fields_.clear();
    p = json::skip_space(p + 1);
    while (true) {
      p = member(p);
      if (!p) return nullptr;
      p = json::skip_space(p);
      if (*p == '}') return p + 1;
      if (*p != ',') return nullptr;
      p = json::skip_space(p + 1);
    }
  }

  const char* member(const char* p) {
    std::uint64_t key = 0;
    p = name(p, key);
    if (!p) return nullptr;
    if (key == word("coeffici")) {
      if (end_ - p < 5 || std::memcmp(p, "ents\"", 5) != 0) return nullptr;
      p += 4;
    }
    if (*p != '"') return nullptr;
    p = json::skip_space(p + 1);
    if (*p != ':') return nullptr;
    p = json::skip_space(p + 1);
    switch (key) {
      case word("gate"): return first(kGate) ? gate_name(p) : nullptr;
      case word("target"): return first(kTarget) ? one(p, fields_.targets) : nullptr;
      case word("targets"): return first(kTargets) ? many(p, fields_.targets) : nullptr;
      case word("control"): return first(kControl) ? one(p, fields_.controls) : nullptr;
      case word("controls"): return first(kControls) ? many(p, fields_.controls) : nullptr;
      case word("rotation"): return first(kRotation) ? number(p, fields_.rotation) : nullptr;
      case word("phase"): return first(kPhase) ? number(p, fields_.phase) : nullptr;
      case word("angle"): return first(kAngle) ? number(p, fields_.angle) : nullptr;
      case word("time"): return first(kTime) ? number(p, fields_.time) : nullptr;
      case word("phases"): return first(kPhases) ? two_numbers(p, fields_.phases) : nullptr;
      case word("coeffici"): return first(kCoefficients) ? numbers(p) : nullptr;
      case word("terms"): return first(kTerms) ? terms(p) : nullptr;
      default: return nullptr;
    }
  }

  bool first(Field field) {
    const bool fresh = !(fields_.seen & field);
    fields_.seen |= field;
    return fresh;
  }

  const char* gate_name(const char* p) {
    p = name(p, fields_.name);
    return p && *p == '"' ? p + 1 : nullptr;
  }

  const char* one(const char* p, Qubits& qubits) {
    if (!json::is_digit(*p)) return nullptr;
    int value = *p++ - '0';
    if (json::is_digit(*p)) {
      if (value == 0) return nullptr;
      value = 10 * value + (*p++ - '0');
    }
    if (*p == '.' && p[1] == '0') {  // 1.0, from clients that have floats only
      ++p;
      while (*p == '0') ++p;
    }
    // A longer number, a fraction or an exponent is for the strict reader.
    if (json::is_digit(*p) || *p == '.' || *p == 'e' || *p == 'E') return nullptr;
    if (value >= width_) return nullptr;
    const std::uint64_t bit = std::uint64_t{1} << value;
    if (qubits.mask & bit) return nullptr;
    qubits.mask |= bit;
    qubits.list[static_cast<std::size_t>(qubits.count++)] = static_cast<std::uint8_t>(value);
    return p;
  }

  // Reads a list; `element` reads one of its values.
  template <typename Element>
  const char* list(const char* p, Element element) {
    if (*p != '[') return nullptr;
    p = json::skip_space(p + 1);
    if (*p == ']') return p + 1;
    while (true) {
      p = element(p);
      if (!p) return nullptr;
      p = json::skip_space(p);
      if (*p == ']') return p + 1;
      if (*p != ',') return nullptr;
      p = json::skip_space(p + 1);
    }
  }

  const char* many(const char* p, Qubits& qubits) {
    return list(p, [&](const char* at) { return one(at, qubits); });
  }

  const char* number(const char* p, double& value) {
    // from_chars takes a little more than JSON has: "01", ".5", "1." and names of no numbers.
    const char* whole = *p == '-' ? p + 1 : p;
    if (!json::is_digit(*whole) || (*whole == '0' && json::is_digit(whole[1]))) return nullptr;
    whole = json::skip_digits(whole);
    if (*whole == '.' && !json::is_digit(whole[1])) return nullptr;
    const auto [after, error] = std::from_chars(p, end_, value);
    if (error != std::errc{} || after - p > json::kLongestNumber) return nullptr;
    value += 0.0;  // -0 becomes 0: the same gate has the same bytes
    return after;
  }

  const char* two_numbers(const char* p, std::array<double, 2>& values) {
    std::size_t count = 0;
    p = list(p, [&](const char* at) { return count < 2 ? number(at, values[count++]) : nullptr; });
    return count == 2 ? p : nullptr;
  }

  const char* numbers(const char* p) {
    fields_.coefficients.clear();
    return list(p, [&](const char* at) {
      double value = 0;
      at = number(at, value);
      if (at) fields_.coefficients.push_back(value);
      return at;
    });
  }

  const char* terms(const char* p) {
    fields_.terms.clear();
    return list(p, [&](const char* at) -> const char* {
      if (*at != '"') return nullptr;
      const char* const begin = ++at;
      while (*at >= 'I' && *at <= 'Z') ++at;
      if (*at != '"') return nullptr;
      fields_.terms.emplace_back(begin, static_cast<std::size_t>(at - begin));
      return at + 1;
    });
  }

  // Checks the gate that was read and appends it.
  bool add_gate() {
    const Fields& f = fields_;
    if (!(f.seen & kGate)) return false;
    const GateName* gate = table_.find(f.name, native_);
    if (!gate) return false;
    const bool fits = f.targets.count > 0 &&
                      (gate->targets == 0 || gate->targets == f.targets.count) &&
                      f.controls.count >= gate->min_controls &&
                      (gate->controllable || !(f.seen & (kControl | kControls))) &&
                      !(f.targets.mask & f.controls.mask) &&
                      (f.seen & (kTarget | kTargets)) != (kTarget | kTargets) &&
                      (f.seen & (kControl | kControls)) != (kControl | kControls);
    const std::size_t params_before = out_.params.size();
    std::uint8_t opcode = gate->opcode;
    if (!fits || !add_params(*gate, opcode)) return false;
    out_.opcodes.push_back(opcode);
    out_.control_counts.push_back(static_cast<std::uint16_t>(f.controls.count));
    out_.qubit_counts.push_back(static_cast<std::uint16_t>(f.targets.count + f.controls.count));
    for (int i = 0; i < f.targets.count; ++i) out_.qubits.push_back(f.targets.list[i]);
    for (int i = 0; i < f.controls.count; ++i) out_.qubits.push_back(f.controls.list[i]);
    out_.param_counts.push_back(static_cast<std::uint32_t>(out_.params.size() - params_before));
    const int highest = 63 - std::countl_zero(f.targets.mask | f.controls.mask);
    if (highest > highest_) highest_ = highest;
    return true;
  }

  bool add_params(const GateName& gate, std::uint8_t& opcode) {
    const Fields& f = fields_;
    const unsigned angles = f.seen & kAngles;
    switch (gate.params) {
      case Params::None:
        if (!angles) return true;
        if (angles != kRotation || !gate.rotatable) return false;
        opcode = gate.rotated;
        out_.params.push_back(f.rotation);
        return true;
      case Params::Rotation:
        if (angles != kRotation) return false;
        out_.params.push_back(f.rotation);
        return true;
      case Params::Phase:
        if (angles != kPhase) return false;
        out_.params.push_back(f.phase);
        return true;
      case Params::PhasesAngle:
        if ((angles | kAngle) != (kPhases | kAngle)) return false;
        out_.params.insert(out_.params.end(), f.phases.begin(), f.phases.end());
        out_.params.push_back(angles & kAngle ? f.angle : kDefaultMsAngle);
        return true;
      case Params::Angle:
        if (angles != kAngle && angles != kPhase) return false;
        out_.params.push_back(angles == kAngle ? f.angle : f.phase);
        return true;
      case Params::PauliExp:
        return angles == (kTime | kCoefficients | kTerms) && add_pauliexp();
    }
    return false;
  }

  bool add_pauliexp() {
    const Fields& f = fields_;
    if (f.time < 0 || f.terms.empty() || f.terms.size() != f.coefficients.size()) return false;
    out_.params.push_back(f.time);
    out_.params.insert(out_.params.end(), f.coefficients.begin(), f.coefficients.end());
    for (const std::string_view term : f.terms) {
      if (term.size() != static_cast<std::size_t>(f.targets.count)) return false;
      for (std::size_t i = term.size(); i-- > 0;) {  // the rightmost letter is targets[0]'s
        const char letter = term[i];
        if (letter != 'I' && (letter < 'X' || letter > 'Z')) return false;
        out_.params.push_back(letter == 'I' ? 0.0 : letter - 'X' + 1.0);
      }
    }
    return true;
  }

  const char* const end_;
  const GateTable& table_;
  GateArrays& out_;
  bool native_ = false;
  int width_ = 0;
  int highest_ = 0;
  Fields fields_;
};

}  // namespace

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

void scan_circuits(std::string_view body, const GateTable& table,
                   const std::vector<CircuitSource>& sources, std::size_t first, std::size_t last,
                   int max_qubits, GateArrays& out) {
  // Gates of usual spelling take 40 to 70 bytes; where they take fewer, the arrays grow.
  std::size_t bytes = 0;
  for (std::size_t i = first; i < last; ++i) {
    bytes += static_cast<std::size_t>(sources[i].end - sources[i].begin);
  }
  const std::size_t likely = bytes / 40;
  out.opcodes.reserve(likely);
  out.control_counts.reserve(likely);
  out.qubit_counts.reserve(likely);
  out.qubits.reserve(2 * likely);
  out.param_counts.reserve(likely);
  out.params.reserve(likely);
  CircuitReader reader(body, table, out);
  const int most = max_qubits < kMostQubits ? max_qubits : kMostQubits;
  for (std::size_t i = first; i < last; ++i) {
    const CircuitSource& source = sources[i];
    const std::size_t gates = out.opcodes.size(), qubits = out.qubits.size(),
                      params = out.params.size();
    const int width = source.width < 0 ? most : source.width;
    if (width <= kMostQubits && reader.read(body.data() + source.begin, body.data() + source.end,
                                            source.native, width)) {
      out.widths.push_back(static_cast<std::uint16_t>(
          source.width < 0 ? reader.highest_qubit() + 1 : source.width));
      out.gates.push_back(static_cast<std::uint32_t>(out.opcodes.size() - gates));
      continue;
    }
    out.opcodes.resize(gates);
    out.control_counts.resize(gates);
    out.qubit_counts.resize(gates);
    out.param_counts.resize(gates);
    out.qubits.resize(qubits);
    out.params.resize(params);
    out.widths.push_back(0);
    out.gates.push_back(0);
    out.handed_back.push_back(static_cast<std::int64_t>(i));
  }
}

}  // namespace paultrap
