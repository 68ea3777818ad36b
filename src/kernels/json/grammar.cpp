// Turns the escapes of a JSON string into UTF-8.
#include "json/grammar.hpp"

namespace paultrap::json {

namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

char simple_escape(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

}  // namespace

std::string unescape(const char* begin, const char* end) {
  std::string text;
  for (const char* p = begin; p < end;) {
    if (*p != '\\') {
      text.push_back(*p++);
    } else if (p[1] != 'u') {
      text.push_back(simple_escape(p[1]));
      p += 2;
    } else {
      std::uint32_t code = static_cast<std::uint32_t>(code_unit(p));
      p += 6;
      if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + static_cast<std::uint32_t>(code_unit(p) - 0xDC00);
        p += 6;
      }
      append_utf8(text, code);
    }
  }
  return text;
}

}  // namespace paultrap::json
