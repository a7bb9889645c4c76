#include "proto/challenge/claims_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/crypto/extension_values.h"
#include "common/crypto/name.h"
#include "common/crypto/public_key.h"
#include "common/text/base64.h"
#include "proto/challenge/errors.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::challenge {
namespace {

using crypto::GeneralName;
using crypto::KeyKind;
using crypto::KeySpec;
using json::Field;
using json::ObjectReader;
using json::TextRule;

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_sid_character(char c) { return c == 'S' || c == '-' || (c >= '0' && c <= '9'); }

constexpr json::Limits kLimits{2048, 2, 256};
constexpr TextRule kKeyId = {kKeyIdLength, kKeyIdLength, is_lower_hex, "0-9 a-f"};
constexpr TextRule kIssuer = {1, 256};
constexpr TextRule kShortId = {1, 64, json::is_id_character, "A-Z a-z 0-9 . _ : -"};
constexpr TextRule kDevice = {1, 128};
constexpr TextRule kName = {1, 1024};
constexpr TextRule kSid = {7, 184, is_sid_character, "S - 0-9"};
constexpr TextRule kTemplate = {1, 64, json::is_name_character, "A-Z a-z 0-9 . _ -"};
constexpr std::size_t kMaxItems = 50;
constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999
constexpr std::int64_t kAllKeyUsages = 0x1FF;

// The texts of a set: at least one, in ascending order.
std::vector<std::string> read_set(const Field& field) {
  const auto items = field.array(1, kMaxItems);
  std::vector<std::string> texts;
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    auto text = (*items)[i].text(kName);
    if (!text) return {};
    if (!texts.empty() && *text <= texts.back()) {
      (*items)[i].problem("is not after the one before it");
    }
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::vector<GeneralName> read_names(const Field& field) {
  std::vector<GeneralName> names;
  for (const std::string& text : read_set(field)) {
    auto name = crypto::general_name_from_text(text);
    if (name.ok()) {
      names.push_back(std::move(*name));
    } else {
      field.problem("has an item that is no name such as dns:device.example");
    }
  }
  return names;
}

std::vector<std::string> read_purposes(const Field& field) {
  auto purposes = read_set(field);
  if (!crypto::encode_extended_key_usage(purposes).ok()) {
    field.problem("has an item that is no OID such as 1.3.6.1.5.5.7.3.2");
  }
  return purposes;
}

std::optional<std::string> read_subject(const Field& field) {
  auto subject = field.text(kName);
  if (subject && !crypto::parse_rfc4514(*subject).ok()) field.problem("is no name of RFC 4514");
  return subject;
}

std::optional<KeySpec> read_least_key(const Field& kty, const Field& kbits) {
  const auto kind = kty.choice<KeyKind>({{"rsa", KeyKind::rsa}, {"ec", KeyKind::ec}});
  const auto bits = kbits.integer(1, crypto::kMaxRsaBits);
  if (kty.present() != kbits.present()) kbits.problem("must stand beside kty");
  if (!kind || !bits) return std::nullopt;
  const bool possible = *kind == KeyKind::rsa ? *bits >= crypto::kMinRsaBits
                                              : *bits == 256 || *bits == 384 || *bits == 521;
  if (!possible) kbits.problem("is none of RSA 2048 to 8192, EC 256, 384 and 521");
  return KeySpec{*kind, static_cast<int>(*bits)};
}

std::optional<crypto::Sha256> read_sha256(const Field& field) {
  const auto octets = field.base64(32, 32);
  if (!octets) return std::nullopt;
  crypto::Sha256 digest{};
  std::copy(octets->begin(), octets->end(), digest.begin());
  return digest;
}

void read_times(ObjectReader& reader, Claims& claims) {
  const auto second = [](const Field& field) {
    return Seconds(std::chrono::seconds(field.integer(0, kLastSecond).value_or(0)));
  };
  claims.not_before = second(reader.required("nbf"));
  const Field expires = reader.required("exp");
  claims.expires = second(expires);
  if (claims.expires <= claims.not_before) expires.problem("is not after nbf");
  if (claims.expires - claims.not_before > kMaxLifetime) {
    expires.problem("is more than 366 days after nbf");
  }
}

Payload read_payload(ObjectReader& reader) {
  Payload payload;
  Claims& claims = payload.claims;
  payload.key_id = reader.required("kid").text(kKeyId).value_or("");
  claims.issuer = reader.required("iss").text(kIssuer).value_or("");
  claims.audience = reader.required("aud").text(kShortId).value_or("");
  claims.id = reader.required("jti").text(kShortId).value_or("");
  read_times(reader, claims);
  claims.device = reader.required("dev").text(kDevice).value_or("");
  claims.subject = read_subject(reader.optional("sub"));
  claims.subject_alt_names = read_names(reader.optional("san"));
  claims.key_usage =
      static_cast<std::uint16_t>(reader.optional("ku").integer(1, kAllKeyUsages).value_or(0));
  claims.extended_key_usage = read_purposes(reader.optional("eku"));
  claims.sid = reader.optional("sid").text(kSid);
  claims.template_name = reader.optional("tpl").text(kTemplate);
  const Field kty = reader.optional("kty");
  claims.least_key = read_least_key(kty, reader.optional("kbits"));
  claims.public_key_info_sha256 = read_sha256(reader.optional("spki"));
  reader.refuse_others();
  return payload;
}

std::vector<std::string> sorted_set(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

void write_content(const Claims& claims, nlohmann::json& value) {
  std::vector<std::string> names;
  for (const GeneralName& name : claims.subject_alt_names) names.push_back(crypto::to_text(name));
  if (claims.subject) value["sub"] = *claims.subject;
  if (!names.empty()) value["san"] = sorted_set(std::move(names));
  if (claims.key_usage != 0) value["ku"] = claims.key_usage;
  if (!claims.extended_key_usage.empty()) value["eku"] = sorted_set(claims.extended_key_usage);
  if (claims.sid) value["sid"] = *claims.sid;
}

void write_key(const Claims& claims, nlohmann::json& value) {
  if (claims.least_key) {
    value["kty"] = claims.least_key->kind == KeyKind::rsa ? "rsa" : "ec";
    value["kbits"] = claims.least_key->bits;
  }
  if (claims.public_key_info_sha256) {
    value["spki"] = text::to_base64(crypto::view(*claims.public_key_info_sha256));
  }
}

}  // namespace

std::string encode_payload(const Payload& payload) {
  const Claims& claims = payload.claims;
  nlohmann::json value = {{"kid", payload.key_id},
                          {"iss", claims.issuer},
                          {"aud", claims.audience},
                          {"jti", claims.id},
                          {"nbf", claims.not_before.time_since_epoch().count()},
                          {"exp", claims.expires.time_since_epoch().count()},
                          {"dev", claims.device}};
  if (claims.template_name) value["tpl"] = *claims.template_name;
  write_content(claims, value);
  write_key(claims, value);
  return json::canonical(value);
}

Result<Payload> decode_payload(std::string_view json) {
  const auto value = json::parse(json, kLimits);
  if (!value)
    return malformed_challenge("has a payload that cannot be read: " + value.error().message());
  json::Problems problems;
  ObjectReader reader(*value, problems);
  Payload payload = read_payload(reader);
  if (!problems.empty()) return malformed_challenge("has bad claims: " + problems.text());
  if (json::canonical(*value) != json) {
    return malformed_challenge("is not in the canonical form of RFC 8785");
  }
  return payload;
}

}  // namespace certconnector::challenge
