// Typed, checked reading of the fields of a JSON object. Nothing here fails at once: what is wrong
// is noted in Problems with the path of the field ("jobs[3].issue.pkcs10: is not base64"), and the
// caller asks at the end.
//
//   Problems problems;
//   ObjectReader reader(value, problems);
//   request.id = reader.required("id").text(kId).value_or("");
//   request.limit = reader.optional("limit").integer(1, 500).value_or(50);
//   reader.refuse_others();
//   CC_TRY(problems.status("request"));
//
// Readers look into the value and into the readers they came from: all of those must outlive them
// and must not be moved meanwhile. Not thread-safe; keep them on the stack.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::json {

// The faults of a value, one line each. Keeps the first few.
class Problems {
 public:
  // Refuses as "name: what".
  void add(const std::string& path, std::string_view what);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] std::string text() const;  // joined by "; "
  // Ok when empty, else JsonErrc::bad_field, permanent, "<what>: <text()>".
  [[nodiscard]] Status status(std::string_view what) const;

 private:
  std::vector<std::string> lines_;
  std::size_t left_out_ = 0;
};

// A place in the value: the step from `parent`. Written out only when there is a problem.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;  // of a member; empty: an array's item, or the outermost value
  std::size_t index = 0;

  [[nodiscard]] std::string text() const;
};

struct TextRule {
  std::size_t min = 0;  // octets of UTF-8
  std::size_t max = 256;
  bool (*allows)(char) = nullptr;            // null: all but control characters
  std::string_view allowed_characters = {};  // for the message: "A-Z a-z 0-9 . _ : -"
  bool control_characters =
      false;  // allowed too: texts for people, which are escaped where they are shown
};
[[nodiscard]] bool is_id_character(char c);    // A-Z a-z 0-9 . _ : -
[[nodiscard]] bool is_name_character(char c);  // A-Z a-z 0-9 . _ -
inline constexpr TextRule kId = {1, 128, is_id_character, "A-Z a-z 0-9 . _ : -"};

class ObjectReader;
class ArrayReader;

// One value, or the absence of one. Every reader gives nothing when the value is absent, or is not
// what is asked for; in the second case (null included) the problem is noted.
class Field {
 public:
  [[nodiscard]] bool present() const { return value_ != nullptr; }

  [[nodiscard]] std::optional<std::string> text(const TextRule& rule) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t min,
                                                    std::int64_t max) const;  // 1.0 is refused
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<Timestamp> time() const;  // RFC 3339
  // RFC 4648 section 4, padded. Limits in octets after decoding.
  [[nodiscard]] std::optional<Bytes> base64(std::size_t min, std::size_t max) const;
  [[nodiscard]] std::optional<Bytes> hex(std::size_t min, std::size_t max) const;
  // Lower-case hex of exactly `octets`, kept as text: fingerprints.
  [[nodiscard]] std::optional<std::string> fingerprint(std::size_t octets) const;
  template <typename Enum>
  [[nodiscard]] std::optional<Enum> choice(
      std::initializer_list<std::pair<std::string_view, Enum>> names) const;
  [[nodiscard]] std::optional<ObjectReader> object() const;
  [[nodiscard]] std::optional<ArrayReader> array(std::size_t min, std::size_t max) const;

  void problem(std::string_view what) const;  // notes it under this field's path

 private:
  friend class ObjectReader;
  friend class ArrayReader;
  Field(const nlohmann::json* value, Path path, Problems* problems)
      : value_(value), path_(path), problems_(problems) {}

  [[nodiscard]] const std::string* string(std::size_t max) const;

  const nlohmann::json* value_;
  Path path_;
  Problems* problems_;
};

class ObjectReader {
 public:
  // The outermost value; notes a problem when it is not an object and then reads as empty.
  ObjectReader(const nlohmann::json& value, Problems& problems, Path path = {});

  [[nodiscard]] Field required(std::string_view name);  // notes "is missing"
  [[nodiscard]] Field optional(std::string_view name);
  // Notes every member that was not asked for by name before.
  void refuse_others();
  [[nodiscard]] const nlohmann::json& value() const { return *value_; }

 private:
  const nlohmann::json* value_;
  Problems* problems_;
  Path path_;
  std::vector<std::string_view> asked_;
  std::size_t found_ = 0;
};

class ArrayReader {
 public:
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] Field operator[](std::size_t i) const;
  [[nodiscard]] const nlohmann::json& value(std::size_t i) const;

 private:
  friend class Field;
  ArrayReader(const nlohmann::json& value, Path path, Problems* problems)
      : value_(&value), path_(path), problems_(problems) {}

  const nlohmann::json* value_;
  Path path_;
  Problems* problems_;
};

template <typename Enum>
std::optional<Enum> Field::choice(
    std::initializer_list<std::pair<std::string_view, Enum>> names) const {
  if (value_ == nullptr) return std::nullopt;
  const std::string* given = string(64);
  if (given == nullptr) return std::nullopt;
  std::string known;
  for (const auto& [name, value] : names) {
    if (*given == name) return value;
    known += known.empty() ? "" : ", ";
    known += name;
  }
  problem("is none of " + known);
  return std::nullopt;
}

}  // namespace certconnector::json
