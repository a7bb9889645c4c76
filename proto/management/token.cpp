#include "proto/management/token.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

constexpr std::string_view kPrefix = "cct1.";
constexpr std::size_t kMaxToken = 4096;

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}
constexpr json::TextRule kSecret = {43, 43, is_base64url, "A-Z a-z 0-9 - _"};

Error bad_token(const std::string& what) {
  return {ManagementErrc::bad_token, ErrorKind::permanent,
          "the onboarding token " + what +
              "; copy the whole line that begins with cct1., or ask for a new one"};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_base64url)) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  while (standard.size() % 4 != 0) standard += '=';
  return text::from_base64(standard);
}

std::string to_base64url(ByteView bytes) {
  std::string text = text::to_base64(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

Result<EnrollmentToken> decode_token(std::string_view text) {
  const std::string_view line = trimmed(text);
  if (line.substr(0, kPrefix.size()) != kPrefix) return bad_token("does not begin with cct1.");
  if (line.size() > kMaxToken) return bad_token("is too long");
  const auto octets = from_base64url(line.substr(kPrefix.size()));
  if (!octets) return bad_token("is damaged (its letters do not fit together)");
  const auto value = json::parse(as_text(*octets));
  if (!value) return bad_token("is damaged (" + value.error().message() + ")");

  json::Problems problems;
  json::ObjectReader reader(*value, problems);
  EnrollmentToken token;
  const std::string url = reader.required("url").text({1, 512}).value_or("");
  const auto ca = reader.required("ca_sha256").hex(32, 32);
  token.secret = reader.required("secret").text(kSecret).value_or("");
  token.expires = reader.required("expires").time().value_or(Timestamp{});
  if (!problems.empty()) return bad_token("is damaged (" + problems.text() + ")");
  std::copy(ca->begin(), ca->end(), token.ca_sha256.begin());
  auto origin = parse_origin(url);
  if (!origin) return bad_token("cannot be used: " + origin.error().message());
  token.endpoint = std::move(*origin);
  return token;
}

std::string encode_token(const EnrollmentToken& token) {
  const nlohmann::json value = {{"url", token.endpoint.text()},
                                {"ca_sha256", text::to_hex(crypto::view(token.ca_sha256))},
                                {"secret", token.secret},
                                {"expires", to_rfc3339(token.expires)}};
  return std::string(kPrefix) + to_base64url(as_bytes(json::dump(value)));
}

}  // namespace certconnector::management
