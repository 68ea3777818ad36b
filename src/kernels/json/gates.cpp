// Reads gate lists in their ordinary spelling into columns.
#include "json/gates.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "program/pauli_evolution.hpp"

namespace paultrap {
namespace {

constexpr double kDefaultMsAngle = 0.25;  // turns
constexpr unsigned kAngles = bit(kRotation) | bit(kPhase) | bit(kPhases) | bit(kAngle) | bit(kTime) |
                             bit(kCoefficients) | bit(kTerms);

}  // namespace

bool GateReader::read(const char* p, const char* stop) {
  if (read(p, stop, native_)) return true;
  if (!other_gateset_) return false;
  const char* const failed_at = at_;
  if (read(p, stop, !native_)) return true;
  at_ = std::max(at_, failed_at);  // so that nobody tries what lies before it again
  return false;
}

bool GateReader::read(const char* p, const char* stop, bool native) {
  native_ = native;
  highest_ = 0;
  Run run;
  run.begin = offset(p);
  run.native = native;
  run.from = out_.extent();
  if (!gates(p, stop, run)) {
    out_.cut(run.from);
    return false;
  }
  run.highest = static_cast<std::uint8_t>(highest_);
  run.to = out_.extent();
  out_.runs.push_back(run);
  return true;
}

bool GateReader::gates(const char* p, const char* stop, Run& run) {
  other_gateset_ = false;
  at_ = p;
  run.closed = true;
  if (*p == '[') {
    p = json::skip_space(p + 1);
    if (*p == ']') {
      run.end = offset(p + 1);
      return true;
    }
  }
  while (true) {
    at_ = p;
    p = gate(p);
    if (!p || !add_gate()) return false;
    p = json::skip_space(p);
    if (*p == ']') {
      run.end = offset(p + 1);
      return true;
    }
    if (*p != ',') return false;
    p = json::skip_space(p + 1);
    if (p >= stop && *p == '{') {
      run.end = offset(p);
      run.closed = false;
      return true;
    }
  }
}

const char* GateReader::gate(const char* p) {
  if (*p != '{') return nullptr;
  fields_.clear();
  unsigned after = kFields;
  while (true) {
    Field field = kNone;
    p = member(p, after, field);
    if (!p) return nullptr;
    p = fields_.read_value(field, p);
    if (!p) return nullptr;
    p = json::skip_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return nullptr;
    after = field;
  }
}

// Reads from a gate's '{' or from a comma to the next value.
const char* GateReader::member(const char* p, unsigned after, Field& field) {
  std::array<Layout, 2>& known = layouts_[after];
  const bool whole = end_ - p >= Layout::kLongest;
  for (const Layout& layout : known) {
    if (whole && layout.matches(p)) {
      field = layout.field();
      return json::skip_space(p + layout.length());
    }
  }
  const char* const begin = p;
  p = json::skip_space(p + 1);
  field = fields_.read_key(p);
  if (field == kNone) return nullptr;
  p = json::skip_space(p);
  if (*p != ':') return nullptr;
  p = json::skip_space(p + 1);
  if (p - begin <= Layout::kLongest) {
    known[1] = known[0];
    known[0].learn(begin, p - begin, field);
  }
  return p;
}

// Checks the gate that was read and appends it.
bool GateReader::add_gate() {
  const Fields& f = fields_;
  if (!(f.seen & bit(kGate))) return false;
  const GateName* gate = table_.find(f.name, native_);
  if (!gate) {
    other_gateset_ = table_.find(f.name, !native_) != nullptr;
    return false;
  }
  const bool fits = f.targets.count > 0 &&
                    (gate->targets == 0 || gate->targets == f.targets.count) &&
                    f.controls.count >= gate->min_controls &&
                    (gate->controllable || !(f.seen & (bit(kControl) | bit(kControls)))) &&
                    !(f.targets.mask & f.controls.mask) &&
                    (f.seen & (bit(kTarget) | bit(kTargets))) != (bit(kTarget) | bit(kTargets)) &&
                    (f.seen & (bit(kControl) | bit(kControls))) != (bit(kControl) | bit(kControls));
  if (!fits) return false;
  out_.make_room(1, 2 * kMostQubits, 4);
  std::uint8_t opcode = gate->opcode;
  if (!add_params(*gate, opcode)) return false;
  for (int i = 0; i < f.targets.count; ++i) out_.qubits.push(f.targets.list[static_cast<std::size_t>(i)]);
  for (int i = 0; i < f.controls.count; ++i) out_.qubits.push(f.controls.list[static_cast<std::size_t>(i)]);
  out_.end_gate(opcode, static_cast<std::size_t>(f.controls.count));
  const int highest = 63 - std::countl_zero(f.targets.mask | f.controls.mask);
  if (highest > highest_) highest_ = highest;
  return true;
}

bool GateReader::add_params(const GateName& gate, std::uint8_t& opcode) {
  const Fields& f = fields_;
  const unsigned angles = f.seen & kAngles;
  switch (gate.params) {
    case Params::None:
      if (!angles) return true;
      if (angles != bit(kRotation) || !gate.rotatable) return false;
      opcode = gate.rotated;
      out_.params.push(f.rotation);
      return true;
    case Params::Rotation:
      if (angles != bit(kRotation)) return false;
      out_.params.push(f.rotation);
      return true;
    case Params::Phase:
      if (angles != bit(kPhase)) return false;
      out_.params.push(f.phase);
      return true;
    case Params::PhasesAngle:
      if ((angles | bit(kAngle)) != (bit(kPhases) | bit(kAngle))) return false;
      out_.params.push(f.phases[0]);
      out_.params.push(f.phases[1]);
      out_.params.push(angles & bit(kAngle) ? f.angle : kDefaultMsAngle);
      return true;
    case Params::Angle:
      if (angles != bit(kAngle) && angles != bit(kPhase)) return false;
      out_.params.push(angles == bit(kAngle) ? f.angle : f.phase);
      return true;
    case Params::PauliExp:
      return angles == (bit(kTime) | bit(kCoefficients) | bit(kTerms)) && add_pauliexp();
  }
  return false;
}

bool GateReader::add_pauliexp() {
  const Fields& f = fields_;
  if (f.time < 0 || f.terms.empty() || f.terms.size() != f.coefficients.size()) return false;
  const std::size_t first = out_.params.size();
  out_.params.make_room(1 + f.terms.size() * (1 + static_cast<std::size_t>(f.targets.count)));
  out_.params.push(f.time);
  for (const double coefficient : f.coefficients) out_.params.push(coefficient);
  for (const std::string_view term : f.terms) {
    if (term.size() != static_cast<std::size_t>(f.targets.count)) return false;
    for (std::size_t i = term.size(); i-- > 0;) {  // the rightmost letter is targets[0]'s
      const char letter = term[i];
      if (letter != 'I' && (letter < 'X' || letter > 'Z')) return false;
      out_.params.push(letter == 'I' ? 0.0 : letter - 'X' + 1.0);
    }
  }
  const std::span<const double> params(out_.params.data() + first, out_.params.size() - first);
  return !evolution_problem(params, static_cast<std::size_t>(f.targets.count));
}

}  // namespace paultrap
