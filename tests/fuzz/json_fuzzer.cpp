// The two readers of JSON: both give a text one meaning, or deny it alike.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proto/json/plain_reader.h"
#include "proto/json/split.h"

namespace {

using namespace certconnector::json;
using Tree = nlohmann::json;

// The library's == takes numbers of different types for the same.
bool same(const Tree& one, const Tree& other) {
  if (one.type() != other.type() || one != other) return false;
  if (!one.is_structured()) return true;
  return std::equal(one.begin(), one.end(), other.begin(), same);
}

certconnector::Result<Tree> by_library(std::string_view text, const Limits& limits) {
  TreeBuilder builder(limits);
  static_cast<void>(Tree::sax_parse(text.data(), text.data() + text.size(), &builder));
  return std::move(builder).take();
}

// A text that parses as a whole also splits, into parts that parse.
void check_split(std::string_view text, const Tree& value) {
  if (value.is_array()) {
    const auto items = split_array(text);
    if (!items || items->size() != value.size()) std::abort();
    for (std::size_t i = 0; i < items->size(); ++i) {
      const auto item = parse((*items)[i]);
      if (!item || !same(*item, value[i])) std::abort();
    }
  }
  if (value.is_object()) {
    const auto members = split_object(text);
    if (!members) return;  // a name longer than it takes
    if (members->size() != value.size()) std::abort();
    for (const auto& member : *members) {
      const auto one = parse(member.value);
      if (!one || !same(*one, value.at(member.name))) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Limits limits{65536, 8, 64};
  const auto value = parse(text, limits);
  TreeBuilder builder(limits);
  const bool plain = read_plain(text, builder);
  if (plain && !value) std::abort();
  if (value) check_split(text, *value);
  // These are refused before either reader sees them.
  if (text.find('\0') != std::string_view::npos || text.substr(0, 3) == "\xEF\xBB\xBF") {
    if (value) std::abort();
    return 0;
  }
  if (size > limits.max_size) return 0;
  const auto other = by_library(text, limits);
  if (value.ok() != other.ok()) std::abort();
  if (value && !same(*value, *other)) std::abort();
  if (!value && value.error().message() != other.error().message()) std::abort();
  return 0;
}
