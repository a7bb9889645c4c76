#include "tests/endpoint/fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/time/rfc3339.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_identifier(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == ':' || c == '-';
}

bool in_range(const json& value, std::int64_t min, std::int64_t max) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number <= static_cast<std::uint64_t>(std::max<std::int64_t>(max, 0)) &&
           (min < 0 || number >= static_cast<std::uint64_t>(min));
  }
  return value.is_number_integer() && value.get<std::int64_t>() >= min &&
         value.get<std::int64_t>() <= max;
}

}  // namespace

bool matches(std::string_view text, Alphabet alphabet) {
  switch (alphabet) {
    case Alphabet::any:
      return true;
    case Alphabet::identifier:
      return std::all_of(text.begin(), text.end(), is_identifier);
    case Alphabet::hex:
      return std::all_of(text.begin(), text.end(), is_hex);
  }
  return false;
}

Fields::Fields(const json& object) : object_(object) {
  if (!object.is_object()) complaint_ = "a JSON object is expected here";
}

void Fields::complain(std::string_view name, std::string_view what) {
  if (complaint_.empty()) complaint_ = "member '" + std::string(name) + "' " + std::string(what);
}

const json* Fields::find(std::string_view name) {
  if (!ok()) return nullptr;
  const auto at = object_.find(name);
  return at == object_.end() || at->is_null() ? nullptr : &*at;
}

std::string Fields::text(std::string_view name, std::size_t min, std::size_t max,
                         Alphabet alphabet) {
  auto found = optional_text(name, max, alphabet);
  if (!found) {
    complain(name, "is missing");
    return {};
  }
  if (found->size() < min) complain(name, "is too short");
  return std::move(*found);
}

std::optional<std::string> Fields::optional_text(std::string_view name, std::size_t max,
                                                 Alphabet alphabet) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    complain(name, "must be text");
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > max) complain(name, "is longer than " + std::to_string(max) + " characters");
  if (!matches(text, alphabet)) complain(name, "has a character that is not allowed");
  return text;
}

std::int64_t Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto found = optional_integer(name, min, max);
  if (!found) complain(name, "is missing");
  return found.value_or(min);
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view name, std::int64_t min,
                                                     std::int64_t max) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!in_range(*value, min, max)) {
    complain(name,
             "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

bool Fields::flag(std::string_view name) {
  const json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    complain(name, "must be true or false");
    return false;
  }
  return value->get<bool>();
}

Bytes Fields::base64(std::string_view name, std::size_t max_octets) {
  const std::string encoded = text(name, 1, (max_octets + 2) / 3 * 4);
  if (!ok()) return {};
  auto decoded = text::from_base64(encoded);
  if (!decoded) {
    complain(name, "is not base64 (RFC 4648 section 4, padded)");
    return {};
  }
  return std::move(*decoded);
}

std::optional<Timestamp> Fields::optional_time(std::string_view name) {
  const auto written = optional_text(name, 64);
  if (!written) return std::nullopt;
  auto time = from_rfc3339(*written);
  if (!time) complain(name, "is not a time of RFC 3339");
  return time;
}

const json* Fields::array(std::string_view name, std::size_t max_items) {
  const json* value = find(name);
  if (value == nullptr || !value->is_array()) {
    complain(name, "must be an array");
    return nullptr;
  }
  if (value->size() > max_items) {
    complain(name, "has more than " + std::to_string(max_items) + " entries");
    return nullptr;
  }
  return value;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t max_items,
                                       std::size_t max_length, Alphabet alphabet) {
  std::vector<std::string> out;
  const json* items = array(name, max_items);
  if (items == nullptr) return out;
  for (const json& item : *items) {
    if (!item.is_string() || item.get_ref<const std::string&>().size() > max_length ||
        !matches(item.get_ref<const std::string&>(), alphabet)) {
      complain(name, "has an entry that is not text of the expected form");
      return {};
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace certconnector::endpoint
