#include "proto/json/json.h"

#include <nlohmann/json.hpp>

namespace certconnector::json {

ErrorCode error_code(JsonErrc errc) {
  switch (errc) {
    case JsonErrc::malformed:
      return {"json", "malformed"};
    case JsonErrc::too_large:
      return {"json", "too_large"};
    case JsonErrc::too_deep:
      return {"json", "too_deep"};
    case JsonErrc::repeated_key:
      return {"json", "repeated_key"};
    case JsonErrc::bad_field:
      return {"json", "bad_field"};
  }
  return {"json", "unknown"};
}

namespace {

using Tree = nlohmann::json;

// Builds the tree from nlohmann's parser events. The library's own callback cannot see a repeated
// key before it has replaced the first one, and costs a call through std::function for each event.
class TreeBuilder {
 public:
  explicit TreeBuilder(const Limits& limits) : limits_(limits) { open_.reserve(16); }

  bool null() { return add(nullptr) != nullptr; }
  bool boolean(bool value) { return add(value) != nullptr; }
  bool number_integer(std::int64_t value) { return add(value) != nullptr; }
  bool number_unsigned(std::uint64_t value) { return add(value) != nullptr; }
  bool number_float(double value, const std::string& /*text*/) { return add(value) != nullptr; }
  bool string(std::string& value) { return add(std::move(value)) != nullptr; }
  bool binary(Tree::binary_t& /*value*/) { return refuse(JsonErrc::malformed, "is not JSON"); }

  bool start_object(std::size_t /*size*/) { return open(Tree::value_t::object); }
  bool start_array(std::size_t /*size*/) { return open(Tree::value_t::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto [place, inserted] = open_.back()->get_ref<Tree::object_t&>().try_emplace(std::move(name));
    if (!inserted) return refuse(JsonErrc::repeated_key, "has a key twice in one object");
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    return refuse(JsonErrc::malformed,
                  "is not JSON in UTF-8, at octet " + std::to_string(position));
  }

  [[nodiscard]] Result<Tree> take() && {
    if (error_) return Error(std::move(*error_));
    return std::move(root_);
  }

 private:
  template <typename Value>
  Tree* add(Value&& value) {
    if (++values_ > limits_.max_values) {
      refuse(JsonErrc::too_large,
             "has more than " + std::to_string(limits_.max_values) + " values");
      return nullptr;
    }
    if (open_.empty()) {
      root_ = Tree(std::forward<Value>(value));
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& items = open_.back()->get_ref<Tree::array_t&>();
      items.emplace_back(std::forward<Value>(value));
      return &items.back();
    }
    *member_ = Tree(std::forward<Value>(value));
    return member_;
  }

  bool open(Tree::value_t kind) {
    if (open_.size() >= limits_.max_depth) {
      return refuse(JsonErrc::too_deep,
                    "is nested deeper than " + std::to_string(limits_.max_depth));
    }
    Tree* added = add(kind);
    if (added == nullptr) return false;
    open_.push_back(added);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool refuse(JsonErrc errc, const std::string& what) {
    if (!error_) error_.emplace(errc, ErrorKind::permanent, "the text " + what);
    return false;
  }

  const Limits& limits_;
  Tree root_;
  std::vector<Tree*> open_;  // containers being filled, outermost first; stable while they are open
  Tree* member_ = nullptr;   // where the value of the last key goes
  std::size_t values_ = 0;
  std::optional<Error> error_;
};

bool has_byte_order_mark(std::string_view text) { return text.substr(0, 3) == "\xEF\xBB\xBF"; }

}  // namespace

Result<nlohmann::json> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_size) {
    return Error(JsonErrc::too_large, ErrorKind::permanent,
                 "the text has " + std::to_string(text.size()) + " octets, the limit is " +
                     std::to_string(limits.max_size));
  }
  if (has_byte_order_mark(text)) {
    return Error(JsonErrc::malformed, ErrorKind::permanent,
                 "the text begins with a byte order mark, which RFC 8259 forbids");
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    // The library takes it for the end of the text and would not see what follows.
    return Error(JsonErrc::malformed, ErrorKind::permanent,
                 "the text is not JSON in UTF-8, at octet " + std::to_string(nul + 1));
  }
  TreeBuilder builder(limits);
  // Its answer says no more than take().
  static_cast<void>(Tree::sax_parse(text.data(), text.data() + text.size(), &builder));
  return std::move(builder).take();
}

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace certconnector::json
