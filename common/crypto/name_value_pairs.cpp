#include "common/crypto/name_value_pairs.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"
#include "common/text/letter_case.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kPeriod = "ValidityPeriod";
constexpr std::string_view kPeriodUnits = "ValidityPeriodUnits";

constexpr std::uint64_t kDay = 24UL * 3600;
constexpr std::uint64_t kYear = 365 * kDay;
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kUnits{{
    {"seconds", 1},
    {"minutes", 60},
    {"hours", 3600},
    {"days", kDay},
    {"weeks", 7 * kDay},
    {"months", kYear / 12},
    {"years", kYear},
}};

Error malformed_pair(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent,
          "the enrollment name-value pair (1.3.6.1.4.1.311.13.2.1) " + std::move(what)};
}

std::optional<std::string> read_text(der::Reader& reader) {
  const auto element = reader.read_any();
  return element ? decode_string(element->tag, element->value) : std::nullopt;
}

Result<NameValuePair> read_pair(der::Reader& values) {
  auto fields = values.enter(der::kSequence);
  auto name = fields ? read_text(*fields) : std::nullopt;
  auto value = name ? read_text(*fields) : std::nullopt;
  if (!value || !fields->at_end()) return malformed_pair("cannot be read");
  return NameValuePair{std::move(*name), std::move(*value)};
}

std::optional<std::uint32_t> read_count(const std::string& text) {
  constexpr std::size_t kMostDigits = 7;
  constexpr std::uint32_t kMost = 1'000'000;
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > kMostDigits || !digits) return std::nullopt;
  const auto count = static_cast<std::uint32_t>(std::stoul(text));
  if (count == 0 || count > kMost) return std::nullopt;
  return count;
}

std::optional<RequestedPeriod> read_period(const std::string& number, const std::string& unit) {
  const auto count = read_count(number);
  const std::string lower = text::to_lower(unit);
  const auto* const known = std::find_if(kUnits.begin(), kUnits.end(),
                                         [&](const auto& one) { return one.first == lower; });
  if (!count || known == kUnits.end()) return std::nullopt;
  return RequestedPeriod{*count, lower};
}

Result<const std::string*> find_value(const std::vector<NameValuePair>& pairs,
                                      std::string_view name) {
  const std::string* found = nullptr;
  for (const NameValuePair& pair : pairs) {
    if (!text::equal_ignoring_case(pair.name, name)) continue;
    if (found != nullptr) return malformed_pair(std::string(name) + " stands there twice");
    found = &pair.value;
  }
  return found;
}

}  // namespace

Result<std::vector<NameValuePair>> name_value_pairs(const Pkcs10& request) {
  std::vector<NameValuePair> pairs;
  for (const RequestAttribute& attribute : request.attributes()) {
    if (attribute.oid != oid::kNameValuePair) continue;
    der::Reader values(attribute.values);
    while (!values.at_end()) {
      CC_TRY_ASSIGN(NameValuePair pair, read_pair(values));
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

std::chrono::seconds RequestedPeriod::length() const {
  for (const auto& [name, seconds] : kUnits) {
    if (name == unit) return std::chrono::seconds(count * seconds);
  }
  return std::chrono::seconds(0);
}

bool names_a_period(const NameValuePair& pair) {
  return text::equal_ignoring_case(pair.name, kPeriod) ||
         text::equal_ignoring_case(pair.name, kPeriodUnits);
}

Result<std::optional<RequestedPeriod>> requested_period(const std::vector<NameValuePair>& pairs) {
  CC_TRY_ASSIGN(const std::string* period, find_value(pairs, kPeriod));
  CC_TRY_ASSIGN(const std::string* units, find_value(pairs, kPeriodUnits));
  if (period == nullptr && units == nullptr) return std::optional<RequestedPeriod>();
  if (period == nullptr || units == nullptr) {
    return malformed_pair("needs ValidityPeriod and ValidityPeriodUnits, the one and the other");
  }
  auto read = read_period(*units, *period);
  if (!read) read = read_period(*period, *units);
  if (!read) {
    return malformed_pair("has no period, such as ValidityPeriod Days and ValidityPeriodUnits 30");
  }
  return read;
}

}  // namespace certconnector::crypto
