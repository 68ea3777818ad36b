#include "qasm/expressions.hpp"

#include <charconv>
#include <cstdint>
#include <numbers>
#include <system_error>

namespace paultrap::qasm {
namespace {

constexpr int kDeepest = 100;        // brackets, signs and powers within each other
constexpr int kMostOperators = 100;  // those of long chains are within each other for the parsers

std::optional<Number> whole(std::string_view text) {
  if (text.size() > 15) return std::nullopt;
  std::int64_t found = 0;
  for (const char digit : text) found = 10 * found + (digit - '0');
  return Number::whole(found);
}

std::optional<Number> real(std::string_view text) {
  double found = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Number::real(found);
}

}  // namespace

template <class Read>
std::optional<Number> Expression::with(char symbol, const Number& one, const Read& read) {
  if (++operators_ > kMostOperators) return std::nullopt;
  tokens_.advance();
  const std::optional<Number> other = read();
  return other ? combined(symbol, one, *other) : std::nullopt;
}

std::optional<Number> Expression::sum(int depth) {
  std::optional<Number> found = product(depth);
  while (found && (tokens_.now().is("+") || tokens_.now().is("-"))) {
    found = with(tokens_.now().text[0], *found, [&] { return product(depth); });
  }
  return found;
}

std::optional<Number> Expression::product(int depth) {
  std::optional<Number> found = with_sign(depth);
  while (found && (tokens_.now().is("*") || tokens_.now().is("/"))) {
    found = with(tokens_.now().text[0], *found, [&] { return with_sign(depth); });
  }
  return found;
}

std::optional<Number> Expression::with_sign(int depth) {
  if (depth > kDeepest) return std::nullopt;
  const bool is_negative = tokens_.now().is("-");
  if (!is_negative && !(tokens_.now().is("+") && !is_3_)) return power(depth);
  tokens_.advance();
  const std::optional<Number> found = with_sign(depth + 1);
  return found && is_negative ? found->negative() : found;
}

std::optional<Number> Expression::power(int depth) {
  const std::optional<Number> base = primary(depth);
  if (!base || !tokens_.now().is(is_3_ ? "**" : "^")) return base;
  return with('p', *base, [&] { return with_sign(depth + 1); });
}

std::optional<Number> Expression::primary(int depth) {
  const Token token = tokens_.now();
  tokens_.advance();
  if (token.is("(")) {
    const std::optional<Number> found = sum(depth + 1);
    return found && closes() ? found : std::nullopt;
  }
  if (token.kind == Kind::kInteger && is_3_) return whole(token.text);
  if (token.kind == Kind::kInteger || token.kind == Kind::kReal) return real(token.text);
  if (token.kind != Kind::kName) return std::nullopt;
  if (tokens_.now().is("(")) {
    tokens_.advance();
    const std::optional<Number> argument = sum(depth + 1);
    return argument && closes() ? applied(token.text, version_, *argument) : std::nullopt;
  }
  if (token.text == "pi") return Number::real(std::numbers::pi);
  if (is_3_ && token.text == "tau") return Number::real(2 * std::numbers::pi);
  if (is_3_ && token.text == "euler") return Number::real(std::numbers::e);
  return std::nullopt;
}

bool Expression::closes() {
  if (!tokens_.now().is(")")) return false;
  tokens_.advance();
  return true;
}

}  // namespace paultrap::qasm
