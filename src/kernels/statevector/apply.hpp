// Operations on a state, block by block. Included only by statevector/isa.cpp; see statevector/vector.hpp for what may
// not be used here.
//
// Most operations are one-qubit matrices, chosen by the value of at most one other qubit. Those run straight from the
// operation; the rare others are lowered to passes first (statevector/lower.hpp).
#pragma once

#include "statevector/isa.hpp"
#include "statevector/lower.hpp"
#include "statevector/passes.hpp"
#include "statevector/vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

// The blocks of a loop: `base` with every combination of the bits in `free`.
struct Blocks {
  vec* state;
  u64 base, free;

  template <class Body>
  void each(const Body& body) const {
    u64 block = 0;
    do {
      body(state + 2 * (base | block));
      block = ((block | ~free) + 1) & free;
    } while (block != 0);
  }
};

struct Factor {
  vec re, im;
};

inline Factor factor_of(Complex value) { return {broadcast(value.re), broadcast(value.im)}; }

inline Factor select(ivec mask, Factor yes, Factor no) {
  return {mask ? yes.re : no.re, mask ? yes.im : no.im};
}

inline bool is_real(Complex value) { return value.im == 0; }
inline bool is_nothing(Complex value) { return value.re == 0 && value.im == 0; }
inline bool is_one(Complex value) { return value.re == 1 && value.im == 0; }

inline void scale(const Blocks& blocks, Complex value) {
  if (is_one(value)) return;
  if (is_real(value)) {
    const vec re = broadcast(value.re);
    return blocks.each([=](vec* at) {
      at[0] *= re;
      at[1] *= re;
    });
  }
  const Factor d = factor_of(value);
  blocks.each([=](vec* at) {
    const vec re = at[0], im = at[1];
    at[0] = re * d.re - im * d.im;
    at[1] = re * d.im + im * d.re;
  });
}

inline void scale_lanes(const Blocks& blocks, Factor d) {
  blocks.each([=](vec* at) {
    const vec re = at[0], im = at[1];
    at[0] = re * d.re - im * d.im;
    at[1] = re * d.im + im * d.re;
  });
}

// A matrix [[d0, o0], [o1, d1]], by lane, between each block and the one `stride` vectors on.
struct Quad {
  Factor d0, o0, o1, d1;
};

template <bool d0_real>
inline void mix_complex(const Blocks& blocks, u64 stride, const Quad& quad) {
  const Quad q = quad;
  blocks.each([=](vec* at) {
    vec* partner = at + stride;
    const vec x_re = at[0], x_im = at[1], y_re = partner[0], y_im = partner[1];
    vec re = q.d0.re * x_re + q.o0.re * y_re - q.o0.im * y_im;
    vec im = q.d0.re * x_im + q.o0.re * y_im + q.o0.im * y_re;
    if constexpr (!d0_real) {
      re -= q.d0.im * x_im;
      im += q.d0.im * x_re;
    }
    at[0] = re;
    at[1] = im;
    partner[0] = q.o1.re * x_re - q.o1.im * x_im + q.d1.re * y_re - q.d1.im * y_im;
    partner[1] = q.o1.re * x_im + q.o1.im * x_re + q.d1.re * y_im + q.d1.im * y_re;
  });
}

inline void mix_real(const Blocks& blocks, u64 stride, vec d0, vec o0, vec o1, vec d1) {
  blocks.each([=](vec* at) {
    vec* partner = at + stride;
    const vec x_re = at[0], x_im = at[1], y_re = partner[0], y_im = partner[1];
    at[0] = d0 * x_re + o0 * y_re;
    at[1] = d0 * x_im + o0 * y_im;
    partner[0] = o1 * x_re + d1 * y_re;
    partner[1] = o1 * x_im + d1 * y_im;
  });
}

// Real on the diagonal, imaginary off it.
inline void mix_cross(const Blocks& blocks, u64 stride, vec d0, vec o0, vec o1, vec d1) {
  blocks.each([=](vec* at) {
    vec* partner = at + stride;
    const vec x_re = at[0], x_im = at[1], y_re = partner[0], y_im = partner[1];
    at[0] = d0 * x_re - o0 * y_im;
    at[1] = d0 * x_im + o0 * y_re;
    partner[0] = d1 * y_re - o1 * x_im;
    partner[1] = d1 * y_im + o1 * x_re;
  });
}

inline void exchange(const Blocks& blocks, u64 stride) {
  blocks.each([=](vec* at) {
    vec* partner = at + stride;
    const vec re = at[0], im = at[1];
    at[0] = partner[0];
    at[1] = partner[1];
    partner[0] = re;
    partner[1] = im;
  });
}

inline void exchange_scaled(const Blocks& blocks, u64 stride, Factor o0, Factor o1) {
  blocks.each([=](vec* at) {
    vec* partner = at + stride;
    const vec x_re = at[0], x_im = at[1], y_re = partner[0], y_im = partner[1];
    at[0] = o0.re * y_re - o0.im * y_im;
    at[1] = o0.re * y_im + o0.im * y_re;
    partner[0] = o1.re * x_re - o1.im * x_im;
    partner[1] = o1.re * x_im + o1.im * x_re;
  });
}

// The same matrix in every lane, from the entries 2 * choice and 2 * choice + 1 of an operation.
inline void mix_uniform(const Blocks& blocks, u64 stride, const Op& op, int choice) {
  const Complex d0 = op.diag[2 * choice], d1 = op.diag[2 * choice + 1];
  const Complex o0 = op.off[2 * choice], o1 = op.off[2 * choice + 1];
  if (is_nothing(o0) && is_nothing(o1)) {
    scale(blocks, d0);
    return scale({blocks.state + stride, blocks.base, blocks.free}, d1);
  }
  if (is_nothing(d0) && is_nothing(d1)) {
    if (is_one(o0) && is_one(o1)) return exchange(blocks, stride);
    return exchange_scaled(blocks, stride, factor_of(o0), factor_of(o1));
  }
  if (is_real(d0) && is_real(d1)) {
    if (is_real(o0) && is_real(o1)) {
      return mix_real(blocks, stride, broadcast(d0.re), broadcast(o0.re), broadcast(o1.re), broadcast(d1.re));
    }
    if (o0.re == 0 && o1.re == 0) {
      return mix_cross(blocks, stride, broadcast(d0.re), broadcast(o0.im), broadcast(o1.im), broadcast(d1.re));
    }
  }
  const Quad quad{factor_of(d0), factor_of(o0), factor_of(o1), factor_of(d1)};
  is_real(d0) ? mix_complex<true>(blocks, stride, quad) : mix_complex<false>(blocks, stride, quad);
}

// Which parts of an operation's entries [first, last) are not zero anywhere.
struct Parts {
  bool d_im = false, o_re = false, o_im = false;
  bool permutes = true;  // every entry is 0 or 1

  Parts(const Op& op, int first, int last) {
    for (int s = first; s < last; ++s) {
      d_im |= op.diag[s].im != 0;
      o_re |= op.off[s].re != 0;
      o_im |= op.off[s].im != 0;
      permutes &= (is_nothing(op.diag[s]) && is_one(op.off[s])) || (is_one(op.diag[s]) && is_nothing(op.off[s]));
    }
  }
};

// A matrix that differs by lane: chosen by a lane bit, idle where a lane control is 0.
inline void mix_lanes(const Blocks& blocks, u64 stride, const Op& op, int choice, ivec chosen, ivec active) {
  const auto pick = [&](const Complex* entries, int row, Complex idle) {
    Factor picked = factor_of(entries[2 * choice + row]);
    if (op.n_select == 2) picked = select(chosen, factor_of(entries[2 + row]), picked);
    return select(active, picked, factor_of(idle));
  };
  const Quad q{pick(op.diag, 0, {1, 0}), pick(op.off, 0, {0, 0}), pick(op.off, 1, {0, 0}), pick(op.diag, 1, {1, 0})};
  const Parts parts(op, 0, op.n_entries());
  if (!parts.d_im && !parts.o_im) return mix_real(blocks, stride, q.d0.re, q.o0.re, q.o1.re, q.d1.re);
  if (!parts.d_im && !parts.o_re) return mix_cross(blocks, stride, q.d0.re, q.o0.im, q.o1.im, q.d1.re);
  mix_complex<false>(blocks, stride, q);
}

// block = d * block + o * swap(block), where `swap` exchanges lanes along the target.
inline void mix_within(const Blocks& blocks, int target_lane, const Parts& parts, Factor d, Factor o) {
  const Swap swap(target_lane);
  if (parts.permutes) {
    const ivec moves = o.re > 0;
    return blocks.each([=](vec* at) {
      at[0] = moves ? swap(at[0]) : at[0];
      at[1] = moves ? swap(at[1]) : at[1];
    });
  }
  if (!parts.d_im && !parts.o_im) {
    return blocks.each([=](vec* at) {
      at[0] = d.re * at[0] + o.re * swap(at[0]);
      at[1] = d.re * at[1] + o.re * swap(at[1]);
    });
  }
  if (!parts.d_im && !parts.o_re) {
    return blocks.each([=](vec* at) {
      const vec re = at[0], im = at[1];
      at[0] = d.re * re - o.im * swap(im);
      at[1] = d.re * im + o.im * swap(re);
    });
  }
  blocks.each([=](vec* at) {
    const vec re = at[0], im = at[1], other_re = swap(re), other_im = swap(im);
    at[0] = d.re * re - d.im * im + o.re * other_re - o.im * other_im;
    at[1] = d.re * im + d.im * re + o.re * other_im + o.im * other_re;
  });
}

// Where an operation acts: the blocks of its part of the state, and the lanes that its controls leave.
struct Scope {
  vec* state;
  u64 active, outer;
  u64 origin;  // the number of the block that lies first

  // Call `body` with the blocks in which the bits of `fixed` have the values in `value`, if this part has any.
  template <class Body>
  void with(u64 fixed, u64 value, const Body& body) const {
    if ((outer ^ value) & fixed & ~active) return;
    body(Blocks{state, (outer | value) ^ origin, active & ~fixed});
  }
};

inline u64 block_bit(int qubit) { return u64{1} << (qubit - kLaneBits); }

inline void apply_matrix(const Scope& scope, const Op& op) {
  const int target = op.select[0], chooser = op.n_select == 2 ? op.select[1] : -1;
  const bool chooses_block = chooser >= kLaneBits, chooses_lane = chooser >= 0 && !chooses_block;
  const int lane_controls = static_cast<int>(op.controls & (W - 1));
  const u64 controls = op.controls >> kLaneBits;
  const u64 choice_bit = chooses_block ? block_bit(chooser) : 0;
  const ivec chosen = chooses_lane ? contains(1 << chooser) : ivec{}, lanes = contains(lane_controls);
  for (int choice = 0; choice <= (chooses_block ? 1 : 0); ++choice) {
    const u64 fixed = controls | choice_bit, value = controls | (choice ? choice_bit : 0);
    if (target >= kLaneBits) {
      const u64 target_bit = block_bit(target), stride = 2 * target_bit;
      scope.with(fixed | target_bit, value, [&](const Blocks& blocks) {
        if (chooses_lane || lane_controls) return mix_lanes(blocks, stride, op, choice, chosen, lanes);
        mix_uniform(blocks, stride, op, choice);
      });
      continue;
    }
    const int first = chooses_lane ? 0 : 2 * choice, last = chooses_lane ? 4 : first + 2;
    const Parts parts(op, first, last);
    const ivec row = contains(1 << target);
    const auto pick = [&](const Complex* entries, Complex idle) {
      Factor picked = select(row, factor_of(entries[2 * choice + 1]), factor_of(entries[2 * choice]));
      if (chooses_lane) picked = select(chosen, select(row, factor_of(entries[3]), factor_of(entries[2])), picked);
      return lane_controls ? select(lanes, picked, factor_of(idle)) : picked;
    };
    const Factor d = pick(op.diag, {1, 0}), o = pick(op.off, {0, 0});
    if (is_one(op.diag[first]) && is_one(op.diag[first + 1]) && parts.permutes && !parts.o_re && last - first == 2) {
      continue;
    }
    scope.with(fixed, value, [&](const Blocks& blocks) { mix_within(blocks, 1 << target, parts, d, o); });
  }
}

inline void apply_diagonal(const Scope& scope, const Op& op) {
  const Lanes lanes(op);
  const u64 controls = op.controls >> kLaneBits, select = lanes.high[0] | lanes.high[1];
  u64 block = 0;
  do {
    scope.with(controls | select, controls | block, [&](const Blocks& blocks) {
      if (lanes.uniform()) return scale(blocks, op.diag[lanes.entry(block)]);
      Factor d, unused;
      lanes.fill(block, d.re, d.im, unused.re, unused.im);
      scale_lanes(blocks, d);
    });
    block = ((block | ~select) + 1) & select;
  } while (block != 0);
}

inline void apply_other(const Scope& scope, const Op& op) {
  Pass passes[kMaxPasses];
  const std::size_t count = lower_one(op, passes);
  run_passes(scope.state, passes, count, scope.active, scope.outer, scope.origin);
}

inline bool is_power_of_two(u64 value) { return value && !(value & (value - 1)); }

void apply(void* state, const Op* ops, std::size_t count, u64 active, u64 outer, bool gathered) {
  Scope scope{static_cast<vec*>(state), active, outer, gathered ? outer : 0};
  for (std::size_t k = 0; k < count; ++k) {
    const Op& op = ops[k];
    scope.active |= op.flip >> kLaneBits;
    if (op.parity || op.n_select == 0) {
      apply_other(scope, op);
    } else if (op.flip == 0) {
      apply_diagonal(scope, op);
    } else if (is_power_of_two(op.flip) && op.flip >> op.select[0] == 1) {
      apply_matrix(scope, op);
    } else {
      apply_other(scope, op);
    }
  }
}

}  // namespace
}  // namespace paultrap::PAULTRAP_ISA
