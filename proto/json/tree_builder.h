// Builds a tree from the events of a reader, and knows what every reader must refuse: a repeated
// key, too many values, too deep a nesting.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/json/json.h"

namespace certconnector::json {

// The events are those of nlohmann's parser (its json_sax). Its own callback cannot see a repeated
// key before it has replaced the first one, and costs a call through std::function for each event.
// An event that gives false ends the reading. Not thread-safe.
class TreeBuilder {
 public:
  using Tree = nlohmann::json;

  // `limits` must outlive the builder.
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
    // Most senders sort their keys: then the place is behind the last one.
    auto& members = open_.back()->get_ref<Tree::object_t&>();
    const std::size_t before = members.size();
    const auto place = members.try_emplace(members.end(), std::move(name));
    if (members.size() == before) {
      return refuse(JsonErrc::repeated_key, "has a key twice in one object");
    }
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    return refuse(JsonErrc::malformed,
                  "is not JSON in UTF-8, at octet " + std::to_string(position));
  }

  // The value, or the first error that an event met.
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

}  // namespace certconnector::json
