// Angles of flat programs, as expressions of numbers, pi and functions.
#pragma once

#include <optional>
#include <string_view>

#include "qasm/numbers.hpp"
#include "qasm/tokens.hpp"

namespace paultrap::qasm {

// Reads one expression from the tokens. A power binds more tightly than a sign before it, and from right to left.
class Expression {
 public:
  Expression(Tokens& tokens, int version) : tokens_(tokens), version_(version), is_3_(version == 3) {}

  // Nothing for what the parser of the language is to read, which may be wrong.
  std::optional<Number> read() { return sum(0); }

 private:
  std::optional<Number> sum(int depth);
  std::optional<Number> product(int depth);
  std::optional<Number> with_sign(int depth);
  std::optional<Number> power(int depth);
  std::optional<Number> primary(int depth);
  template <class Read>
  std::optional<Number> with(char symbol, const Number& one, const Read& read);
  bool closes();

  Tokens& tokens_;
  const int version_;
  const bool is_3_;
  int operators_ = 0;
};

}  // namespace paultrap::qasm
