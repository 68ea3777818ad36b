// The tokens of a flat program in OpenQASM 2 or 3. What one version reads otherwise than the other, and what is neither
// ASCII nor in a comment, is no token: such programs are not flat.
#pragma once

#include <cstddef>
#include <string_view>

namespace paultrap::qasm {

enum class Kind { kEnd, kName, kInteger, kReal, kString, kSymbol, kOther };

struct Token {
  Kind kind = Kind::kOther;
  std::string_view text;  // a symbol is one character, but for -> and **
  std::size_t start = 0;

  bool is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == Kind::kName && text == name; }
};

// Goes over a text, which it never leaves. After a token of Kind::kOther all that follow are such.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) { advance(); }

  const Token& now() const { return now_; }
  std::size_t count() const { return count_; }
  // Whether comments came before the present token, beside white space.
  bool was_comment() const { return was_comment_; }

  void advance();

 private:
  bool skip();
  Token next();
  Token symbol() const;
  std::size_t number(std::size_t at, bool& is_real) const;
  std::size_t digits(std::size_t at) const;
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }

  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t count_ = 0;
  bool was_comment_ = false;
  Token now_;
};

}  // namespace paultrap::qasm
