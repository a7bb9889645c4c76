// How one key's text becomes a member of a settings struct and back, for each kind of value.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/units.h"

namespace certconnector::config {

// The problem of a value; nothing when the value is good.
using Complaint = std::optional<std::string>;

template <typename Struct>
struct Rule {
  std::string name;
  std::function<Complaint(Struct&, const std::string&)> read;
  std::function<std::string(const Struct&)> write;
};

// The checks, free of any struct. Each gives a sentence without the key's name.
[[nodiscard]] Complaint check_path(const std::string& value);        // absolute, or empty
[[nodiscard]] Complaint check_https_url(const std::string& value);   // or empty
[[nodiscard]] Complaint check_http_url(const std::string& value);    // or empty
[[nodiscard]] Complaint check_address(const std::string& value);     // host:port, or empty
[[nodiscard]] Complaint check_identifier(const std::string& value);  // 1 to 64 of [A-Za-z0-9._-]
[[nodiscard]] Complaint check_url_path(const std::string& value);    // "/certsrv", or empty
[[nodiscard]] Complaint check_line(const std::string& value);        // at most 256 octets, or empty
// keys::parse_certificate_wanted(), or empty
[[nodiscard]] Complaint check_store_certificate(const std::string& value);

// "a, b" in its parts; an empty part stays, so that it is complained about. An empty text has none.
[[nodiscard]] std::vector<std::string> split_list(const std::string& text);
[[nodiscard]] std::string join_list(const std::vector<std::string>& parts);

template <typename Struct>
Rule<Struct> text_rule(std::string name, std::string Struct::*member,
                       Complaint (*check)(const std::string&)) {
  return {std::move(name),
          [member, check](Struct& s, const std::string& value) {
            s.*member = value;
            return check(value);
          },
          [member](const Struct& s) { return s.*member; }};
}

template <typename Struct>
Rule<Struct> duration_rule(std::string name, Duration Struct::*member, Duration min, Duration max) {
  return {std::move(name),
          [=](Struct& s, const std::string& value) -> Complaint {
            const auto duration = parse_duration(value);
            if (!duration) return "needs a number and a unit: ms, s, m, h, d or w, for example 30s";
            if (*duration < min || *duration > max) {
              return "must be " + format_duration(min) + " to " + format_duration(max);
            }
            s.*member = *duration;
            return std::nullopt;
          },
          [member](const Struct& s) { return format_duration(s.*member); }};
}

template <typename Struct, typename Integer>
Rule<Struct> count_rule(std::string name, Integer Struct::*member, std::uint64_t min,
                        std::uint64_t max) {
  return {std::move(name),
          [=](Struct& s, const std::string& value) -> Complaint {
            const auto count = parse_count(value);
            if (!count || *count < min || *count > max) {
              return "must be a number from " + std::to_string(min) + " to " + std::to_string(max);
            }
            s.*member = static_cast<Integer>(*count);
            return std::nullopt;
          },
          [member](const Struct& s) { return std::to_string(s.*member); }};
}

template <typename Struct>
Rule<Struct> size_rule(std::string name, std::uint64_t Struct::*member, std::uint64_t min,
                       std::uint64_t max) {
  return {std::move(name),
          [=](Struct& s, const std::string& value) -> Complaint {
            const auto size = parse_size(value);
            if (!size) return "needs a number of octets, if you like with KiB, MiB or GiB";
            if (*size < min || *size > max) {
              return "must be " + format_size(min) + " to " + format_size(max);
            }
            s.*member = *size;
            return std::nullopt;
          },
          [member](const Struct& s) { return format_size(s.*member); }};
}

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

template <typename Struct, typename Value>
Rule<Struct> choice_rule(std::string name, Value Struct::*member, Choices<Value> choices) {
  return {std::move(name),
          [member, choices](Struct& s, const std::string& value) -> Complaint {
            std::string names;
            for (const auto& [text, choice] : choices) {
              if (text == value) {
                s.*member = choice;
                return std::nullopt;
              }
              names += (names.empty() ? "" : ", ") + text;
            }
            return "must be one of: " + names;
          },
          [member, choices](const Struct& s) {
            for (const auto& [text, choice] : choices) {
              if (s.*member == choice) return text;
            }
            return std::string();
          }};
}

template <typename Struct>
Rule<Struct> yes_no_rule(std::string name, bool Struct::*member) {
  return choice_rule(std::move(name), member, Choices<bool>{{"yes", true}, {"no", false}});
}

}  // namespace certconnector::config
