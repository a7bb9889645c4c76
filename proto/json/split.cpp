#include "proto/json/split.h"

#include <nlohmann/json.hpp>

#include "proto/json/json.h"
#include "proto/json/plain_text.h"

namespace certconnector::json {
namespace {

constexpr std::size_t kMaxName = 1024;

// Moves over the text part by part; each take_ function gives false where the text does not go on
// as it must.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  bool take_value(std::string_view& value) {
    skip_space();
    const std::size_t from = at_;
    if (at_ == text_.size()) return false;
    const char first = text_[at_];
    const bool taken = first == '"'                   ? skip_string()
                       : first == '{' || first == '[' ? skip_container()
                                                      : skip_scalar();
    value = text_.substr(from, at_ - from);
    return taken && !value.empty();
  }

  [[nodiscard]] Error error() const {
    return {JsonErrc::malformed, ErrorKind::permanent,
            "the text is not JSON, at octet " + std::to_string(at_)};
  }

 private:
  bool skip_string() {
    std::size_t quote = at_;
    do {
      quote = text_.find('"', quote + 1);
      if (quote == std::string_view::npos) {
        at_ = text_.size();
        return false;
      }
    } while (is_escaped(quote));
    at_ = quote + 1;
    return true;
  }

  // An odd number of backslashes before the quote, which end at the latest at the string's first
  // octet: a quote.
  [[nodiscard]] bool is_escaped(std::size_t quote) const {
    std::size_t backslashes = 0;
    while (text_[quote - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
  }

  // Counts brackets of both kinds alike: whether they pair is seen when the part is parsed.
  bool skip_container() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  bool skip_scalar() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ',' || c == ']' || c == '}' || c == '"' || is_space(c)) break;
      ++at_;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Member>> split_object(std::string_view text) {
  Splitter splitter(text);
  std::vector<Member> members;
  if (!splitter.take('{')) return splitter.error();
  if (!splitter.take('}')) {
    do {
      std::string_view quoted;
      Member member;
      if (!splitter.take_value(quoted) || quoted.front() != '"' || quoted.size() > kMaxName) {
        return splitter.error();
      }
      CC_TRY_ASSIGN(const nlohmann::json name, parse(quoted));
      member.name = name.get_ref<const std::string&>();
      if (!splitter.take(':') || !splitter.take_value(member.value)) return splitter.error();
      members.push_back(std::move(member));
    } while (splitter.take(','));
    if (!splitter.take('}')) return splitter.error();
  }
  if (!splitter.at_end()) return splitter.error();
  return members;
}

Result<std::vector<std::string_view>> split_array(std::string_view text) {
  Splitter splitter(text);
  std::vector<std::string_view> items;
  if (!splitter.take('[')) return splitter.error();
  if (!splitter.take(']')) {
    do {
      std::string_view item;
      if (!splitter.take_value(item)) return splitter.error();
      items.push_back(item);
    } while (splitter.take(','));
    if (!splitter.take(']')) return splitter.error();
  }
  if (!splitter.at_end()) return splitter.error();
  return items;
}

}  // namespace certconnector::json
