// Loops over blocks for operations of any shape. Included only by statevector/isa.cpp; see statevector/vector.hpp for
// what may not be used here.
#pragma once

#include "statevector/lower.hpp"
#include "statevector/vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

// Multiply (d_re + i d_im) * x and add (o_re + i o_im) * y, skipping the parts that a form does not have.
template <Form form>
inline void combine(vec d_re, vec d_im, vec o_re, vec o_im, vec x_re, vec x_im, vec y_re, vec y_im, vec* out) {
  if constexpr (form == Form::kReal) {
    out[0] = d_re * x_re + o_re * y_re;
    out[1] = d_re * x_im + o_re * y_im;
  } else if constexpr (form == Form::kCross) {  // a real diagonal, an imaginary off-diagonal
    out[0] = d_re * x_re - o_im * y_im;
    out[1] = d_re * x_im + o_im * y_re;
  } else {
    out[0] = d_re * x_re - d_im * x_im + o_re * y_re - o_im * y_im;
    out[1] = d_re * x_im + d_im * x_re + o_re * y_im + o_im * y_re;
  }
}

inline vec parity_sign(u64 bits) { return broadcast(__builtin_parityll(bits) ? -1.0 : 1.0); }

template <Form form, bool parity>
inline void diagonal(vec* at, const Pass& p, u64 block) {
  const vec re = at[0], im = at[1];
  if constexpr (form == Form::kReal) {
    at[0] = re * p.d0_re;
    at[1] = im * p.d0_re;
  } else {
    vec d_im = p.d0_im;
    if constexpr (parity) d_im *= parity_sign(block & p.parity);
    at[0] = re * p.d0_re - im * d_im;
    at[1] = re * d_im + im * p.d0_re;
  }
}

template <Form form, bool parity>
inline void in_block(vec* at, const Pass& p, const Swap& swap, u64 block) {
  vec o_re = p.o0_re, o_im = p.o0_im;
  if constexpr (parity) {
    const vec s = parity_sign(block & p.parity);
    o_re *= s;
    o_im *= s;
  }
  combine<form>(p.d0_re, p.d0_im, o_re, o_im, at[0], at[1], swap(at[0]), swap(at[1]), at);
}

template <Form form, bool swaps, bool parity>
inline void between_blocks(vec* at, vec* partner, const Pass& p, const Swap& swap, u64 block) {
  const vec x_re = at[0], x_im = at[1], y_re = partner[0], y_im = partner[1];
  vec o0_re = p.o0_re, o0_im = p.o0_im, o1_re = p.o1_re, o1_im = p.o1_im;
  if constexpr (parity) {
    const vec s = parity_sign(block & p.parity);
    o0_re *= s;
    o0_im *= s;
    o1_re *= s;
    o1_im *= s;
  }
  const vec xs_re = swaps ? swap(x_re) : x_re, xs_im = swaps ? swap(x_im) : x_im;
  const vec ys_re = swaps ? swap(y_re) : y_re, ys_im = swaps ? swap(y_im) : y_im;
  combine<form>(p.d0_re, p.d0_im, o0_re, o0_im, x_re, x_im, ys_re, ys_im, at);
  combine<form>(p.d1_re, p.d1_im, o1_re, o1_im, y_re, y_im, xs_re, xs_im, partner);
}

// Count through the numbers that differ only in the bits of `active` that the pass leaves free.
template <Kind kind, Form form, bool swaps, bool parity>
void loop(vec* state, const Pass& pass, u64 active, u64 outer, u64 origin) {
  const Pass p = pass;  // a copy that the stores below cannot alias
  const u64 free = active & ~p.fixed;
  if ((outer ^ p.value) & p.fixed & ~active) return;
  const u64 base = outer | p.value;
  const Swap swap(p.swap);
  u64 block = 0;
  do {
    const u64 here = base | block;
    vec* at = state + 2 * (here ^ origin);
    if constexpr (kind == Kind::kDiagonal) {
      diagonal<form, parity>(at, p, here);
    } else if constexpr (kind == Kind::kInBlock) {
      in_block<form, parity>(at, p, swap, here);
    } else if constexpr (kind == Kind::kExchange) {
      vec* partner = state + 2 * (here ^ origin ^ p.partner);
      const vec re = at[0], im = at[1];
      at[0] = partner[0];
      at[1] = partner[1];
      partner[0] = re;
      partner[1] = im;
    } else {
      between_blocks<form, swaps, parity>(at, state + 2 * (here ^ origin ^ p.partner), p, swap, here);
    }
    block = ((block | ~free) + 1) & free;
  } while (block != 0);
}

template <Form form>
void dispatch(vec* state, const Pass& p, u64 active, u64 outer, u64 origin) {
  const bool parity = p.parity != 0, swaps = p.swap != 0;
  switch (p.kind) {
    case Kind::kDiagonal:
      return parity ? loop<Kind::kDiagonal, form, false, true>(state, p, active, outer, origin)
                    : loop<Kind::kDiagonal, form, false, false>(state, p, active, outer, origin);
    case Kind::kInBlock:
      return parity ? loop<Kind::kInBlock, form, true, true>(state, p, active, outer, origin)
                    : loop<Kind::kInBlock, form, true, false>(state, p, active, outer, origin);
    case Kind::kExchange:
      return loop<Kind::kExchange, Form::kReal, false, false>(state, p, active, outer, origin);
    case Kind::kBetween:
      if (parity) return loop<Kind::kBetween, form, true, true>(state, p, active, outer, origin);
      return swaps ? loop<Kind::kBetween, form, true, false>(state, p, active, outer, origin)
                   : loop<Kind::kBetween, form, false, false>(state, p, active, outer, origin);
  }
}

// See Isa::apply.
inline void run_passes(vec* blocks, const Pass* pass, std::size_t count, u64 active, u64 outer, u64 origin) {
  for (std::size_t k = 0; k < count; ++k) {
    switch (pass[k].form) {
      case Form::kReal: dispatch<Form::kReal>(blocks, pass[k], active, outer, origin); break;
      case Form::kCross: dispatch<Form::kCross>(blocks, pass[k], active, outer, origin); break;
      case Form::kComplex: dispatch<Form::kComplex>(blocks, pass[k], active, outer, origin); break;
    }
  }
}

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
