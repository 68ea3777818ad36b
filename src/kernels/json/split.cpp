// Checks a whole JSON text, and cuts the gate lists out of it.
#include "json/split.hpp"

#include <deque>
#include <map>

#include "json/grammar.hpp"
#include "json/skip.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kFewKeys = 16;             // up to here a plain search beats a map
constexpr std::size_t kLongestKeyShown = 64;  // bytes
constexpr std::size_t kLongestPath = 500;

// What a value is to a job, by where it is.
enum class Role { Other, Top, Input, Circuits, Entry, Gates };

struct Member {
  std::string_view key;
  std::string_view value;
};

struct Step {
  std::string_view key;       // of a member, or
  std::int64_t index = -1;    // of an element
};

// Reads one text from front to back. With `parts` it also copies the text into the envelope,
// leaving out gate lists and repeated members.
class Reader {
 public:
  Reader(std::string_view text, Split* parts, const GateLists* lists)
      : begin_(text.data()), end_(begin_ + text.size()), copied_(begin_), parts_(parts), lists_(lists) {}

  void read() {
    if (end_ - begin_ >= 3 && std::string_view(begin_, 3) == "\xEF\xBB\xBF") {
      fail("the text begins with a byte order mark; JSON has none", begin_);
    }
    const char* p = json::skip_space(begin_);
    if (parts_ && *p != '{') fail("the body must be a JSON object", p);
    p = json::skip_space(value(p, parts_ ? Role::Top : Role::Other));
    if (p != end_) fail("there is more text after the end of the JSON", p);
    if (parts_) copy_until(end_);
  }

 private:
  [[noreturn]] void fail(std::string message, const char* p) const {
    throw Problem{std::move(message), path(), static_cast<std::size_t>(p - begin_)};
  }

  std::string path() const {
    std::string text;
    for (const Step& step : steps_) {
      if (step.index >= 0) {
        text += "[" + std::to_string(step.index) + "]";
        continue;
      }
      if (!text.empty()) text += ".";
      for (const char c : step.key.substr(0, kLongestKeyShown)) {
        text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
      }
      if (step.key.size() > kLongestKeyShown) text += "...";
    }
    return text.size() > kLongestPath ? text.substr(0, kLongestPath) + "..." : text;
  }

  const char* value(const char* p, Role role) {
    switch (*p) {
      case '{': return object(p, role);
      case '[': return role == Role::Gates ? gates(p) : list(p, role);
      case '"': return string(p);
      case 't': return word(p, "true");
      case 'f': return word(p, "false");
      case 'n': return word(p, "null");
      default: return number(p);
    }
  }

  const char* word(const char* p, std::string_view expected) {
    if (static_cast<std::size_t>(end_ - p) < expected.size() ||
        std::string_view(p, expected.size()) != expected) {
      fail("expected a JSON value", p);
    }
    return p + expected.size();
  }

  const char* number(const char* p) {
    const char* after = json::number_end(p);
    if (!after) fail(p == end_ ? "the JSON ends too early" : "expected a JSON value", p);
    if (after - p > json::kLongestNumber) {
      fail("a number of " + std::to_string(after - p) + " characters is too long (the limit is " +
               std::to_string(json::kLongestNumber) + ")", p);
    }
    return after;
  }

  const char* string(const char* p) {
    const char* after = json::string_end(p, end_);
    if (!after) fail("a string is not closed, or holds a control character, an unknown escape, "
                     "half a surrogate pair or bytes that are not UTF-8", p);
    return after;
  }

  void enter(const char* p) {
    if (++depth_ > kMaxDepth) {
      steps_.clear();  // a path this deep helps nobody
      fail("objects and lists are nested deeper than " + std::to_string(kMaxDepth), p);
    }
  }

  const char* list(const char* p, Role role) {
    enter(p);
    const bool holds_circuits = role == Role::Input || role == Role::Circuits;
    const Role inner = holds_circuits ? Role::Entry : Role::Other;
    p = json::skip_space(p + 1);
    std::int64_t count = 0;
    if (*p != ']') {
      for (;; ++count) {
        steps_.push_back({{}, count});
        if (holds_circuits) owner_ = count;
        p = json::skip_space(value(p, inner));
        if (*p != ',' && *p != ']') fail("expected \",\" or \"]\"", p);
        steps_.pop_back();
        if (*p == ']') break;
        p = json::skip_space(p + 1);
      }
      ++count;
    }
    if (holds_circuits && parts_ && count > parts_->circuits) parts_->circuits = count;
    --depth_;
    return p + 1;
  }

  const char* object(const char* p, Role role) {
    enter(p);
    const std::size_t first_member = members_.size();
    std::map<std::string_view, std::string_view> many;
    p = json::skip_space(p + 1);
    const char* comma = nullptr;
    while (*p != '}' || comma) {
      const Mark mark = comma ? mark_at(comma) : Mark{};
      if (*p != '"') fail(comma ? "expected a key" : "expected a key or \"}\"", p);
      const char* key_end = string(p);
      const std::string_view key = key_text(p, key_end);
      p = json::skip_space(key_end);
      steps_.push_back({key});
      if (*p != ':') fail("expected \":\"", p);
      p = json::skip_space(p + 1);
      const char* value_begin = p;
      p = value(p, role_of(key, role));
      const std::string_view value(value_begin, static_cast<std::size_t>(p - value_begin));
      if (repeats({key, value}, first_member, many)) drop(mark, p);
      if (role == Role::Top) note_root(key, value);
      if (role == Role::Entry && parts_ && key != "circuit" && key != "name") parts_->plain = false;
      p = json::skip_space(p);
      if (*p != ',' && *p != '}') fail("expected \",\" or \"}\"", p);
      steps_.pop_back();
      if (*p == '}') break;
      comma = p;
      p = json::skip_space(p + 1);
    }
    members_.resize(first_member);
    --depth_;
    return p + 1;
  }

  std::string_view key_text(const char* p, const char* key_end) {
    const std::string_view raw(p + 1, static_cast<std::size_t>(key_end - p - 2));
    if (raw.find('\\') == raw.npos) return raw;
    return unescaped_.emplace_back(json::unescape(p + 1, key_end - 1));
  }

  Role role_of(std::string_view key, Role role) {
    if (role == Role::Top) return key == "input" || key == "body" ? Role::Input : Role::Other;
    if (role == Role::Input && key == "circuits") return Role::Circuits;
    if ((role == Role::Input || role == Role::Entry) && key == "circuit") {
      if (role == Role::Input) owner_ = -1;
      return Role::Gates;
    }
    return Role::Other;
  }

  // Whether the object has this member already; two values for one key are refused.
  bool repeats(const Member& member, std::size_t first_member,
               std::map<std::string_view, std::string_view>& many) {
    const Member* known = nullptr;
    Member found;
    if (many.empty()) {
      for (std::size_t i = first_member; i < members_.size() && !known; ++i) {
        if (members_[i].key == member.key) known = &members_[i];
      }
    } else if (const auto at = many.find(member.key); at != many.end()) {
      found = {at->first, at->second};
      known = &found;
    }
    if (known) {
      if (known->value != member.value) fail("the key is given twice, with different values", member.value.data());
      return true;
    }
    if (!many.empty()) {
      many.emplace(member.key, member.value);
    } else if (members_.size() - first_member < kFewKeys) {
      members_.push_back(member);
    } else {
      for (std::size_t i = first_member; i < members_.size(); ++i) {
        many.emplace(members_[i].key, members_[i].value);
      }
      many.emplace(member.key, member.value);
    }
    return false;
  }

  void note_root(std::string_view key, std::string_view value) {
    if ((key != "input" && key != "body") || value == "null") return;
    if (!root_.empty() && root_ != key) {
      fail("give the circuits in \"input\" or in \"body\", not in both", value.data());
    }
    root_ = key;
    if (parts_) parts_->root = key;
  }

  const char* gates(const char* p) {
    // A list that was read is well-formed, so it ends where skipping it would end.
    const std::int64_t known = lists_ ? lists_->end_of(p - begin_, place_) : -1;
    const char* after = known >= 0 ? begin_ + known : skip_list(p, end_);
    if (!after) fail("the list of gates is not closed", p);
    copy_until(p);
    parts_->envelope += "null";
    copied_ = after;
    parts_->spans.push_back(p - begin_);
    parts_->spans.push_back(after - begin_);
    parts_->owners.push_back(owner_);
    return after;
  }

  // How far the envelope is when the text has been read up to `at`.
  struct Mark {
    const char* at = nullptr;
    const char* copied = nullptr;
    std::size_t envelope = 0, owners = 0;
  };

  Mark mark_at(const char* p) const {
    if (!parts_) return {};
    return {p, copied_, parts_->envelope.size(), parts_->owners.size()};
  }

  // Takes a repeated member, which began at the mark, out of the envelope.
  void drop(const Mark& mark, const char* p) {
    if (!parts_) return;
    parts_->envelope.resize(mark.envelope);
    parts_->owners.resize(mark.owners);
    parts_->spans.resize(2 * mark.owners);
    copied_ = mark.copied;
    copy_until(mark.at);
    copied_ = p;
  }

  void copy_until(const char* p) {
    parts_->envelope.append(copied_, static_cast<std::size_t>(p - copied_));
    copied_ = p;
  }

  const char* const begin_;
  const char* const end_;
  const char* copied_;     // the envelope holds the text up to here
  Split* const parts_;
  const GateLists* const lists_;
  GateLists::Place place_;
  int depth_ = 0;
  std::int64_t owner_ = -1;
  std::string root_;
  std::vector<Step> steps_;
  std::vector<Member> members_;        // of all objects that are open, innermost last
  std::deque<std::string> unescaped_;  // keys that were written with escapes
};

}  // namespace

void check(std::string_view text) { Reader(text, nullptr, nullptr).read(); }

Split split(std::string_view body, const GateLists* lists) {
  Split parts;
  Reader(body, &parts, lists).read();
  return parts;
}

}  // namespace paultrap
