// From operations to passes: loops over blocks with their coefficients laid out by lane. Included only by
// statevector/isa.cpp; see statevector/vector.hpp for what may not be used here.
#pragma once

#include "statevector/isa.hpp"
#include "statevector/vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

enum class Kind : std::uint8_t {
  kDiagonal,  // block = d0 * block
  kInBlock,   // block = d0 * block + o0 * swap(block)
  kExchange,  // block and partner change places
  kBetween,   // block = d0 * block + o0 * swap(partner), partner = d1 * partner + o1 * swap(block)
};

enum class Form : std::uint8_t { kReal, kCross, kComplex };  // see combine()

// One loop over the blocks b with (b & fixed) == value.
struct Pass {
  vec d0_re, d0_im, o0_re, o0_im, d1_re, d1_im, o1_re, o1_im;
  std::uint64_t fixed, value, partner, parity;
  std::int32_t swap;
  Kind kind;
  Form form;
};

inline Form form_of(const Op& op) {
  double d_im = 0, o_re = 0, o_im = 0;
  for (int s = 0; s < 1 << op.n_select; ++s) {
    d_im += __builtin_fabs(op.diag[s].im);
    o_re += __builtin_fabs(op.off[s].re);
    o_im += __builtin_fabs(op.off[s].im);
  }
  if (d_im != 0) return Form::kComplex;
  if (o_im == 0) return Form::kReal;
  return o_re == 0 ? Form::kCross : Form::kComplex;
}

// The coefficients of one operation by lane, for a block given by the values of its high selectors.
struct Lanes {
  const Op& op;
  int low[2] = {0, 0};         // lane bit of a selector among the lanes, else 0
  std::uint64_t high[2] = {0, 0};  // block bit of a selector above the lanes, else 0
  int controls;                // lane bits of the controls

  explicit Lanes(const Op& operation) : op(operation), controls(op.controls & (W - 1)) {
    for (int j = 0; j < op.n_select; ++j) {
      if (op.select[j] < kLaneBits) {
        low[j] = 1 << op.select[j];
      } else {
        high[j] = std::uint64_t{1} << (op.select[j] - kLaneBits);
      }
    }
  }

  bool uniform() const { return !(low[0] | low[1] | controls); }
  int entry(std::uint64_t block) const { return (block & high[0] ? 1 : 0) + (block & high[1] ? 2 : 0); }

  template <class Part>
  vec pick(std::uint64_t block, Part part) const {
    const int s = entry(block);
    const auto first = [&](int t) {
      return low[0] ? (contains(low[0]) ? broadcast(part(t + 1)) : broadcast(part(t))) : broadcast(part(t));
    };
    return low[1] ? (contains(low[1]) ? first(s + 2) : first(s)) : first(s);
  }

  // Where a low control is 0 the diagonal is 1 and the rest 0: those lanes stay as they are.
  vec controlled(vec coefficient, double idle) const {
    return controls ? (contains(controls) ? coefficient : broadcast(idle)) : coefficient;
  }

  void fill(std::uint64_t block, vec& d_re, vec& d_im, vec& o_re, vec& o_im) const {
    d_re = controlled(pick(block, [&](int s) { return op.diag[s].re; }), 1);
    d_im = controlled(pick(block, [&](int s) { return op.diag[s].im; }), 0);
    if (!op.flip) return;
    o_re = controlled(pick(block, [&](int s) { return op.off[s].re; }), 0);
    o_im = controlled(pick(block, [&](int s) { return op.off[s].im; }), 0);
  }
};

inline bool is(Complex value, double re) { return value.re == re && value.im == 0; }

// The sign of the odd part by lane goes into the coefficients; its sign by block is the loop's work.
inline void apply_parity(const Op& op, Pass& p) {
  if (!op.parity) return;
  p.parity = op.parity >> kLaneBits;
  const vec signs = sign(op.parity & (W - 1));
  const real partner_sign = __builtin_parityll(p.partner & p.parity) ? -1 : 1;
  const auto in_controls = [&](vec& odd) { odd *= signs; };
  if (!op.flip) return in_controls(p.d0_im);
  in_controls(p.o0_re);
  in_controls(p.o0_im);
  p.o1_re = p.o1_re * signs * partner_sign;
  p.o1_im = p.o1_im * signs * partner_sign;
}

// Write the pass for one value of the high selectors; false where it would change nothing.
inline bool write_pass(const Op& op, const Lanes& lanes, Form form, std::uint64_t block, Pass& p) {
  const std::uint64_t partner = op.flip >> kLaneBits;
  const int entry = lanes.entry(block), other = lanes.entry(block ^ partner);
  p.partner = partner;
  p.swap = op.flip & (W - 1);
  p.parity = 0;
  p.form = form;
  p.kind = !op.flip ? Kind::kDiagonal : partner ? Kind::kBetween : Kind::kInBlock;
  if (lanes.uniform() && !op.parity) {
    if (is(op.diag[entry], 1) && is(op.diag[other], 1) && is(op.off[entry], 0) && is(op.off[other], 0)) return false;
    if (partner && !p.swap && is(op.diag[entry], 0) && is(op.diag[other], 0) && is(op.off[entry], 1) &&
        is(op.off[other], 1)) {
      p.kind = Kind::kExchange;
      return true;
    }
  }
  lanes.fill(block, p.d0_re, p.d0_im, p.o0_re, p.o0_im);
  if (partner) lanes.fill(block ^ partner, p.d1_re, p.d1_im, p.o1_re, p.o1_im);
  apply_parity(op, p);
  return true;
}

inline std::size_t lower_one(const Op& op, Pass* out) {
  const Lanes lanes(op);
  const Form form = form_of(op);
  const std::uint64_t controls = op.controls >> kLaneBits, partner = op.flip >> kLaneBits;
  const std::uint64_t pivot = partner ? std::uint64_t{1} << (63 - __builtin_clzll(partner)) : 0;
  const std::uint64_t select = lanes.high[0] | lanes.high[1];
  std::size_t count = 0;
  std::uint64_t block = 0;
  do {
    if (!(block & pivot)) {  // else this block is another's partner
      Pass& p = out[count];
      p.fixed = controls | select | pivot;
      p.value = controls | block;
      if (write_pass(op, lanes, form, block, p)) ++count;
    }
    block = ((block | ~select) + 1) & select;
  } while (block != 0);
  return count;
}

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
