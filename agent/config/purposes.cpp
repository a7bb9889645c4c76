#include "agent/config/purposes.h"

#include <algorithm>
#include <utility>

#include "common/crypto/purposes.h"
#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

using crypto::kPurposeNames;
using crypto::PurposeName;

Complaint add_once(std::vector<std::string>& oids, const std::string& name, std::string oid) {
  if (std::find(oids.begin(), oids.end(), oid) != oids.end()) return "names " + name + " twice";
  oids.push_back(std::move(oid));
  return std::nullopt;
}

}  // namespace

bool is_object_identifier(const std::string& text) {
  bool digit_before = false;
  std::size_t dots = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '.' && digit_before)) return false;
    if (c == '.') ++dots;
    digit_before = digit;
  }
  return digit_before && dots >= 2 && text.front() <= '2' && text[1] == '.' && text.size() <= 128;
}

Complaint read_purpose_list(const std::string& value, std::vector<std::string>& oids) {
  oids.clear();
  std::vector<std::string> known;
  known.reserve(kPurposeNames.size());
  for (const auto& purpose : kPurposeNames) known.emplace_back(purpose.name);
  for (const std::string& name : split_list(value)) {
    const auto* const purpose =
        std::find_if(kPurposeNames.begin(), kPurposeNames.end(),
                     [&](const PurposeName& p) { return p.name == name || p.oid == name; });
    const bool named = purpose != kPurposeNames.end();
    if (!named && !is_object_identifier(name)) {
      return unknown_name("extended key usage", name, known);
    }
    auto twice = add_once(oids, name, named ? std::string(purpose->oid) : name);
    if (twice) return twice;
  }
  return std::nullopt;
}

std::string write_purpose_list(const std::vector<std::string>& oids) {
  std::string list;
  for (const std::string& oid : oids) {
    const auto* const purpose = std::find_if(kPurposeNames.begin(), kPurposeNames.end(),
                                             [&](const PurposeName& p) { return p.oid == oid; });
    add_to_list(list, purpose == kPurposeNames.end() ? std::string_view(oid) : purpose->name);
  }
  return list;
}

Complaint read_oid_list(const std::string& value, std::vector<std::string>& oids) {
  oids.clear();
  for (const std::string& oid : split_list(value)) {
    if (auto wrong = oid.empty() ? Complaint("has an empty part") : check_oid(oid)) {
      return wrong;
    }
    if (auto twice = add_once(oids, oid, oid)) return twice;
  }
  return std::nullopt;
}

Complaint check_oid(const std::string& value) {
  if (value.empty() || is_object_identifier(value)) return std::nullopt;
  return "has \"" + value + "\", which is no object identifier such as 1.3.6.1.4.1.311.21.8.1.2";
}

Complaint unknown_name(const std::string& what, const std::string& name,
                       const std::vector<std::string>& known) {
  std::string text = "has the unknown " + what + " \"" + name + "\"";
  const std::string near = text::nearest(name, known);
  if (!near.empty()) return text + "; did you mean " + near + "?";
  text += "; known are ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
  return text;
}

void add_to_list(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace certconnector::config
