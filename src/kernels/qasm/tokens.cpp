#include "qasm/tokens.hpp"

namespace paultrap::qasm {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

void Tokens::advance() {
  if (now_.kind == Kind::kOther && count_ > 0) return;
  ++count_;
  now_ = skip() ? next() : Token{};
}

// Goes over white space and comments; returns false where both versions do not agree on what they are.
bool Tokens::skip() {
  was_comment_ = false;
  for (;;) {
    const char c = at(place_);
    if (place_ < text_.size() && (c == ' ' || c == '\t' || c == '\n')) {
      ++place_;
    } else if (c == '\r') {
      if (at(place_ + 1) != '\n') return false;
      place_ += 2;
    } else if (c == '/' && at(place_ + 1) == '/') {
      was_comment_ = true;
      std::size_t end = text_.find('\n', place_);
      if (end == std::string_view::npos) end = text_.size();
      const std::size_t back = text_.substr(0, end).find('\r', place_);
      if (back != std::string_view::npos && back + 1 != end) return false;
      place_ = end;
    } else if (c == '/' && at(place_ + 1) == '*') {
      was_comment_ = true;
      const std::size_t end = text_.find("*/", place_ + 2);
      if (end == std::string_view::npos) return false;
      place_ = end + 2;
    } else {
      return true;
    }
  }
}

Token Tokens::next() {
  const std::size_t start = place_;
  if (start == text_.size()) return {Kind::kEnd, {}, start};
  const char c = text_[start];
  Kind kind = Kind::kSymbol;
  std::size_t end = start + 1;
  if (begins_name(c)) {
    kind = Kind::kName;
    while (begins_name(at(end)) || is_digit(at(end))) ++end;
  } else if (is_digit(c) || (c == '.' && is_digit(at(end)))) {
    bool is_real = false;
    end = number(start, is_real);
    // 2ns, 1_000, 0x1f, 1.2.3, 3im
    if (begins_name(at(end)) || is_digit(at(end)) || at(end) == '.') return {};
    kind = is_real ? Kind::kReal : Kind::kInteger;
  } else if (c == '"') {
    end = text_.find_first_of("\"\n\r", start + 1);
    if (end == std::string_view::npos || text_[end] != '"') return {};
    ++end;
    kind = Kind::kString;
  } else {
    const Token found = symbol();
    place_ = start + found.text.size();
    return found;
  }
  // A letter that is not ASCII belongs to the name or number before it.
  if (static_cast<unsigned char>(at(end)) >= 0x80) return {};
  place_ = end;
  return {kind, text_.substr(start, end - start), start};
}

Token Tokens::symbol() const {
  const std::string_view rest = text_.substr(place_);
  if (rest.starts_with("->") || rest.starts_with("**")) return {Kind::kSymbol, rest.substr(0, 2), place_};
  // What can be the beginning of another symbol in one of the versions is none here.
  constexpr std::string_view kSymbols = ";,()[]+-*/^=";
  if (kSymbols.find(rest[0]) == std::string_view::npos) return {};
  constexpr std::string_view kMay = "+-*/^=";
  if (kMay.find(rest[0]) != std::string_view::npos && rest.size() > 1 && (rest[1] == '=' || (rest[0] == '+' && rest[1] == '+'))) return {};
  return {Kind::kSymbol, rest.substr(0, 1), place_};
}

std::size_t Tokens::digits(std::size_t place) const {
  while (is_digit(at(place))) ++place;
  return place;
}

std::size_t Tokens::number(std::size_t place, bool& is_real) const {
  place = digits(place);
  if (at(place) == '.') {
    is_real = true;
    place = digits(place + 1);
  }
  if (at(place) == 'e' || at(place) == 'E') {
    const bool is_signed = at(place + 1) == '+' || at(place + 1) == '-';
    const std::size_t exponent = place + 1 + is_signed;
    if (is_digit(at(exponent))) {
      is_real = true;
      place = digits(exponent);
    }
  }
  return place;
}

}  // namespace paultrap::qasm
