// The kernels. Compiled once per instruction set and precision, with PAULTRAP_ISA naming the namespace; see
// statevector/vector.hpp for what may not be used here.
#include "statevector/isa.hpp"

#include "statevector/apply.hpp"
#include "statevector/collect.hpp"
#include "statevector/vector.hpp"

namespace paultrap::PAULTRAP_ISA {
namespace {

void clear(void* state, u64 first, u64 last) {
  vec* blocks = static_cast<vec*>(state);
  for (u64 k = 2 * first; k < 2 * last; ++k) blocks[k] = vec{};
}

void superpose(void* state, const void* other, Complex factor, Complex other_factor, u64 first, u64 last) {
  vec* to = static_cast<vec*>(state);
  const vec* from = static_cast<const vec*>(other);
  const Factor a = factor_of(factor), b = factor_of(other_factor);
  for (u64 k = 2 * first; k < 2 * last; k += 2) {
    const vec re = to[k], im = to[k + 1], other_re = from[k], other_im = from[k + 1];
    to[k] = a.re * re - a.im * im + b.re * other_re - b.im * other_im;
    to[k + 1] = a.re * im + a.im * re + b.re * other_im + b.im * other_re;
  }
}

void taylor(void* state, const void* term, void* next, const PauliTerm* terms, std::size_t n_terms,
            u64 controls, double step, u64 first, u64 last) {
  const vec* from = static_cast<const vec*>(term);
  vec* to = static_cast<vec*>(next);
  vec* total = static_cast<vec*>(state);
  const u64 high_controls = controls >> kLaneBits;
  const ivec lanes = contains(controls & (W - 1));
  const vec steps = broadcast(step);
  for (u64 block = first; block < last; ++block) {
    if ((block & high_controls) != high_controls) continue;
    vec re = {}, im = {};
    for (std::size_t k = 0; k < n_terms; ++k) {
      const PauliTerm& t = terms[k];
      const Swap swap(t.flip & (W - 1));
      const vec* other = from + 2 * (block ^ t.flip >> kLaneBits);
      const vec signs = sign(t.parity & (W - 1)) * parity_sign(block & t.parity >> kLaneBits);
      const vec x_re = signs * swap(other[0]), x_im = signs * swap(other[1]);
      const Factor c = factor_of(t.coefficient);
      re += c.re * x_re - c.im * x_im;
      im += c.re * x_im + c.im * x_re;
    }
    const vec out_re = lanes ? steps * im : vec{}, out_im = lanes ? -steps * re : vec{};
    to[2 * block] = out_re;
    to[2 * block + 1] = out_im;
    total[2 * block] += out_re;
    total[2 * block + 1] += out_im;
  }
}

}  // namespace

extern const Isa kIsa;
const Isa kIsa = {
    PAULTRAP_ISA_NAME, kLaneBits, sizeof(real), apply, clear, taylor, superpose, count, collect, fold,
};

}  // namespace paultrap::PAULTRAP_ISA
