#include "proto/json/fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/json/json.h"

namespace certconnector::json {
namespace {

constexpr std::size_t kKeptProblems = 8;
constexpr std::size_t kShownName = 64;

bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_control(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }

std::string between(std::size_t min, std::size_t max) {
  return min == max ? std::to_string(min) : std::to_string(min) + " to " + std::to_string(max);
}

const nlohmann::json& empty_object() {
  static const nlohmann::json kEmpty = nlohmann::json::object();
  return kEmpty;
}

}  // namespace

bool is_id_character(char c) {
  return is_letter_or_digit(c) || c == '.' || c == '_' || c == ':' || c == '-';
}

bool is_name_character(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

void Problems::add(const std::string& path, std::string_view what) {
  if (lines_.size() == kKeptProblems) {
    ++left_out_;
    return;
  }
  lines_.push_back(path.empty() ? "the value " + std::string(what)
                                : path + ": " + std::string(what));
}

std::string Problems::text() const {
  std::string all;
  for (const auto& line : lines_) all += (all.empty() ? "" : "; ") + line;
  if (left_out_ > 0) all += "; and " + std::to_string(left_out_) + " more";
  return all;
}

Status Problems::status(std::string_view what) const {
  if (empty()) return {};
  return Error(JsonErrc::bad_field, ErrorKind::permanent, text()).with_context(what);
}

std::string Path::text() const {
  if (parent == nullptr) return std::string(name);
  const std::string before = parent->text();
  if (name.empty()) return before + "[" + std::to_string(index) + "]";
  return before.empty() ? std::string(name) : before + "." + std::string(name);
}

void Field::problem(std::string_view what) const { problems_->add(path_.text(), what); }

const std::string* Field::string(std::size_t max) const {
  const auto* text = value_->get_ptr<const nlohmann::json::string_t*>();
  if (text == nullptr) {
    problem("is not a string");
    return nullptr;
  }
  if (text->size() > max) {
    problem("has " + std::to_string(text->size()) + " octets, the limit is " + std::to_string(max));
    return nullptr;
  }
  return text;
}

std::optional<std::string> Field::text(const TextRule& rule) const {
  if (value_ == nullptr) return std::nullopt;
  const std::string* text = string(rule.max);
  if (text == nullptr) return std::nullopt;
  if (text->size() < rule.min) {
    problem(text->empty() ? "is empty" : "is shorter than " + std::to_string(rule.min) + " octets");
    return std::nullopt;
  }
  if (rule.allows != nullptr && !std::all_of(text->begin(), text->end(), rule.allows)) {
    problem("has characters other than " + std::string(rule.allowed_characters));
    return std::nullopt;
  }
  if (rule.allows == nullptr && !rule.control_characters &&
      std::any_of(text->begin(), text->end(), is_control)) {
    problem("has control characters");
    return std::nullopt;
  }
  return *text;
}

std::optional<std::int64_t> Field::integer(std::int64_t min, std::int64_t max) const {
  if (value_ == nullptr) return std::nullopt;
  if (!value_->is_number_integer()) {
    problem("is not an integer");
    return std::nullopt;
  }
  const bool too_big = value_->is_number_unsigned() &&
                       value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = too_big ? INT64_MAX : value_->get<std::int64_t>();
  if (too_big || number < min || number > max) {
    problem("is not in the range " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> Field::boolean() const {
  if (value_ == nullptr) return std::nullopt;
  if (!value_->is_boolean()) {
    problem("is not true or false");
    return std::nullopt;
  }
  return value_->get<bool>();
}

std::optional<Timestamp> Field::time() const {
  if (value_ == nullptr) return std::nullopt;
  const std::string* text = string(64);
  if (text == nullptr) return std::nullopt;
  auto time = from_rfc3339(*text);
  if (!time) problem("is not a time such as 2026-11-23T02:59:37Z (RFC 3339)");
  return time;
}

std::optional<Bytes> Field::base64(std::size_t min, std::size_t max) const {
  if (value_ == nullptr) return std::nullopt;
  const std::string* text = string((max + 2) / 3 * 4);
  if (text == nullptr) return std::nullopt;
  auto bytes = text::from_base64(*text);
  if (!bytes) {
    problem("is not base64");
    return std::nullopt;
  }
  if (bytes->size() < min || bytes->size() > max) {
    problem("has " + std::to_string(bytes->size()) + " octets instead of " + between(min, max));
    return std::nullopt;
  }
  return bytes;
}

std::optional<Bytes> Field::hex(std::size_t min, std::size_t max) const {
  if (value_ == nullptr) return std::nullopt;
  const std::string* text = string(max * 2);
  if (text == nullptr) return std::nullopt;
  auto bytes = text::from_hex(*text);
  if (!bytes) {
    problem("is not hexadecimal");
    return std::nullopt;
  }
  if (bytes->size() < min) {
    problem("has " + std::to_string(bytes->size()) + " octets instead of " + between(min, max));
    return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> Field::fingerprint(std::size_t octets) const {
  if (value_ == nullptr) return std::nullopt;
  const auto* text = value_->get_ptr<const nlohmann::json::string_t*>();
  const auto is_lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text == nullptr || text->size() != octets * 2 ||
      !std::all_of(text->begin(), text->end(), is_lower_hex)) {
    problem("is not a fingerprint of " + std::to_string(octets * 2) + " lower-case hex digits");
    return std::nullopt;
  }
  return *text;
}

std::optional<ObjectReader> Field::object() const {
  if (value_ == nullptr) return std::nullopt;
  if (!value_->is_object()) {
    problem("is not an object");
    return std::nullopt;
  }
  return ObjectReader(*value_, *problems_, path_);
}

std::optional<ArrayReader> Field::array(std::size_t min, std::size_t max) const {
  if (value_ == nullptr) return std::nullopt;
  if (!value_->is_array()) {
    problem("is not an array");
    return std::nullopt;
  }
  if (value_->size() < min || value_->size() > max) {
    problem("has " + std::to_string(value_->size()) + " items instead of " + between(min, max));
    return std::nullopt;
  }
  return ArrayReader(*value_, path_, problems_);
}

ObjectReader::ObjectReader(const nlohmann::json& value, Problems& problems, Path path)
    : value_(&value), problems_(&problems), path_(path) {
  asked_.reserve(24);
  if (value.is_object()) return;
  problems.add(path_.text(), "is not an object");
  value_ = &empty_object();
}

Field ObjectReader::optional(std::string_view name) {
  asked_.push_back(name);
  const auto& members = value_->get_ref<const nlohmann::json::object_t&>();
  const auto found = members.find(name);
  const bool present = found != members.end();
  if (present) ++found_;
  return {present ? &found->second : nullptr, Path{&path_, name, 0}, problems_};
}

Field ObjectReader::required(std::string_view name) {
  Field field = optional(name);
  if (!field.present()) field.problem("is missing");
  return field;
}

void ObjectReader::refuse_others() {
  if (found_ == value_->size()) return;
  for (const auto& [name, member] : value_->get_ref<const nlohmann::json::object_t&>()) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const bool plain =
        name.size() <= kShownName && std::all_of(name.begin(), name.end(), is_id_character);
    // A name that is not plain text could forge the message it is shown in.
    const std::string_view shown = plain ? std::string_view(name) : "(a name not shown)";
    problems_->add(Path{&path_, shown, 0}.text(), "is not a member that is known here");
  }
}

std::size_t ArrayReader::size() const { return value_->size(); }

Field ArrayReader::operator[](std::size_t i) const {
  return {&(*value_)[i], Path{&path_, {}, i}, problems_};
}

const nlohmann::json& ArrayReader::value(std::size_t i) const { return (*value_)[i]; }

}  // namespace certconnector::json
