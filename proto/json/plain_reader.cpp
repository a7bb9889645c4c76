#include "proto/json/plain_reader.h"

#include <charconv>

#include "proto/json/plain_text.h"

namespace certconnector::json {
namespace {

constexpr auto kUnknownSize = static_cast<std::size_t>(-1);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Each function gives false where the text does not go on as it must. The builder's limit of the
// depth also bounds the recursion.
class PlainReader {
 public:
  PlainReader(std::string_view text, TreeBuilder& builder)
      : at_(text.data()), end_(text.data() + text.size()), builder_(builder) {}

  bool read() {
    if (!value()) return false;
    skip_space();
    return at_ == end_;
  }

 private:
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }

  // The next octet that is no space; NUL, which begins nothing, at the end.
  char peek() {
    skip_space();
    return at_ == end_ ? '\0' : *at_;
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (rest().substr(0, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

  bool value() {
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return take_string() && builder_.string(token_);
      case 't':
        return take_word("true") && builder_.boolean(true);
      case 'f':
        return take_word("false") && builder_.boolean(false);
      case 'n':
        return take_word("null") && builder_.null();
      case '-':
        return negative();
      default:
        return unsigned_number();
    }
  }

  bool object() {
    ++at_;
    if (!builder_.start_object(kUnknownSize)) return false;
    if (take('}')) return builder_.end_object();
    do {
      if (peek() != '"' || !take_string() || !builder_.key(token_)) return false;
      if (!take(':') || !value()) return false;
    } while (take(','));
    return take('}') && builder_.end_object();
  }

  bool array() {
    ++at_;
    if (!builder_.start_array(kUnknownSize)) return false;
    if (take(']')) return builder_.end_array();
    do {
      if (!value()) return false;
    } while (take(','));
    return take(']') && builder_.end_array();
  }

  // Into token_. A quote behind a backslash ends the search too early, but then the text before it
  // is not plain.
  bool take_string() {
    ++at_;
    const std::string_view rest = this->rest();
    const std::string_view text = rest.substr(0, rest.find('"'));
    if (text.size() == rest.size() || !is_plain(text)) return false;
    token_.assign(text);
    at_ += text.size() + 1;
    return true;
  }

  // Fractions and exponents are left to the other reader: no bracket or comma follows the digits.
  template <typename Integer>
  bool take_integer(const char* digits, Integer& number) {
    const bool leading_zero = end_ - digits > 1 && digits[0] == '0' && is_digit(digits[1]);
    if (digits == end_ || !is_digit(*digits) || leading_zero) return false;
    const auto [after, error] = std::from_chars(at_, end_, number);
    at_ = after;
    return error == std::errc();
  }

  bool negative() {
    std::int64_t number = 0;
    return take_integer(at_ + 1, number) && builder_.number_integer(number);
  }

  bool unsigned_number() {
    std::uint64_t number = 0;
    return take_integer(at_, number) && builder_.number_unsigned(number);
  }

  const char* at_;
  const char* end_;
  TreeBuilder& builder_;
  std::string token_;
};

}  // namespace

bool read_plain(std::string_view text, TreeBuilder& builder) {
  return PlainReader(text, builder).read();
}

}  // namespace certconnector::json
