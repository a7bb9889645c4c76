#include "tests/endpoint/challenge_claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/digest.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

constexpr std::int64_t kLongestChallenge = std::int64_t{366} * 86400;  // seconds

// In the order of the bits, RFC 5280 section 4.2.1.3.
constexpr std::string_view kKeyUsages[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                           "dataEncipherment", "keyAgreement",   "keyCertSign",
                                           "cRLSign",          "encipherOnly",   "decipherOnly"};

std::vector<std::string> as_set(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::vector<std::string> name_texts(Fields& fields) {
  std::vector<std::string> texts;
  const json* names = fields.array("subject_alt_names", 50);
  if (names == nullptr) return texts;
  for (const json& item : *names) {
    Fields name(item);
    const std::string type = name.text("type", 1, 16, Alphabet::identifier);
    texts.push_back(type + ":" + name.text("value", 1, 1000));
    if (!name.ok()) fields.complain("subject_alt_names", "is wrong: " + name.complaint());
  }
  return as_set(std::move(texts));
}

int key_usage_bits(Fields& fields) {
  int bits = 0;
  for (const std::string& name : fields.texts("key_usage", 9, 32, Alphabet::identifier)) {
    const auto* at = std::find(std::begin(kKeyUsages), std::end(kKeyUsages), name);
    if (at == std::end(kKeyUsages)) {
      fields.complain("key_usage", "has an entry that is no key usage");
    } else {
      bits |= 1 << (at - std::begin(kKeyUsages));
    }
  }
  return bits;
}

void add_lists(const json& wish, Fields& fields, json& claims) {
  if (wish.contains("subject_alt_names")) {
    const auto names = name_texts(fields);
    if (!names.empty()) claims["san"] = names;
  }
  if (wish.contains("key_usage")) {
    const int bits = key_usage_bits(fields);
    if (bits != 0) claims["ku"] = bits;
  }
  if (wish.contains("extended_key_usage")) {
    const auto purposes = as_set(fields.texts("extended_key_usage", 50, 128, Alphabet::identifier));
    if (!purposes.empty()) claims["eku"] = purposes;
  }
}

void add_key(Fields& fields, json& claims) {
  const auto kind = fields.optional_text("key_kind", 3);
  if (kind) {
    if (*kind != "rsa" && *kind != "ec") fields.complain("key_kind", "is neither rsa nor ec");
    claims["kty"] = *kind;
    claims["kbits"] = fields.integer("key_bits", 256, 8192);
  }
  const auto sha256 = fields.optional_text("key_sha256", 64, Alphabet::hex);
  if (!sha256) return;
  const auto octets = text::from_hex(*sha256);
  if (!octets || octets->size() != 32) return fields.complain("key_sha256", "is not 64 hex digits");
  claims["spki"] = text::to_base64(*octets);
}

json expected_of(const json& claims) {
  json expected = json::object();
  if (claims.contains("sub")) expected["subject"] = claims.at("sub");
  if (claims.contains("san")) {
    expected["subject_alt_names"] = json::array();
    for (const json& item : claims.at("san")) {
      const auto name = item.get<std::string>();
      const auto colon = name.find(':');
      expected["subject_alt_names"].push_back(
          {{"type", name.substr(0, colon)}, {"value", name.substr(colon + 1)}});
    }
  }
  if (claims.contains("ku")) {
    expected["key_usage"] = json::array();
    for (std::size_t bit = 0; bit < std::size(kKeyUsages); ++bit) {
      if ((claims.at("ku").get<unsigned>() >> bit & 1U) != 0) {
        expected["key_usage"].push_back(kKeyUsages[bit]);
      }
    }
  }
  if (claims.contains("eku")) expected["extended_key_usage"] = claims.at("eku");
  return expected;
}

}  // namespace

Result<json> challenge_claims(const json& wish, const ChallengeFrame& frame) {
  Fields fields(wish);
  json claims{{"kid", frame.key_id}};
  claims["iss"] = fields.optional_text("issuer", 256).value_or(frame.issuer);
  claims["aud"] = fields.text("service", 1, 64, Alphabet::identifier);
  claims["jti"] = fields.optional_text("id", 64, Alphabet::identifier).value_or(random_uuid());
  claims["dev"] = fields.text("device", 1, 128);
  const std::int64_t starts_in =
      fields.optional_integer("starts_in_seconds", -kLongestChallenge, kLongestChallenge)
          .value_or(0);
  const std::int64_t from =
      std::chrono::floor<std::chrono::seconds>(frame.now).time_since_epoch().count() + starts_in;
  claims["nbf"] = from;
  claims["exp"] =
      from + fields.optional_integer("lifetime_seconds", 1, kLongestChallenge).value_or(3600);
  if (const auto subject = fields.optional_text("subject", 1024)) claims["sub"] = *subject;
  if (const auto sid = fields.optional_text("sid", 184, Alphabet::identifier)) {
    claims["sid"] = *sid;
  }
  if (const auto name = fields.optional_text("template", 64, Alphabet::identifier)) {
    claims["tpl"] = *name;
  }
  if (fields.ok()) add_lists(wish, fields, claims);
  if (fields.ok()) add_key(fields, claims);
  if (fields.ok()) return claims;
  return Error(EndpointErrc::malformed, ErrorKind::permanent, fields.complaint());
}

json permit_of(const json& claims) {
  const std::chrono::seconds expires(claims.at("exp").get<std::int64_t>());
  json permit{{"challenge_id",
               claims.at("kid").get<std::string>() + ":" + claims.at("jti").get<std::string>()},
              {"device", claims.at("dev")},
              {"expected", expected_of(claims)},
              {"expires_at", to_rfc3339(Timestamp(expires))}};
  if (claims.contains("tpl")) permit["template"] = claims.at("tpl");
  if (claims.contains("sid")) permit["sid"] = claims.at("sid");
  return permit;
}

}  // namespace certconnector::endpoint
