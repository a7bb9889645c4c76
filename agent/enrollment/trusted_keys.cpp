#include "agent/enrollment/trusted_keys.h"

#include <algorithm>
#include <utility>

#include "agent/enrollment/errors.h"
#include "common/crypto/certificate.h"
#include "common/text/base64.h"
#include "proto/challenge/signed_challenge.h"

namespace certconnector::enrollment {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

struct PemBlock {
  std::string label;
  Bytes content;
};

Error bad_keys(const std::string& what) {
  return {EnrollmentErrc::bad_keys, ErrorKind::permanent,
          "the trusted keys cannot be used: " + what};
}

std::optional<Bytes> decode_body(std::string_view body) {
  std::string base64(body);
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  base64.erase(std::remove_if(base64.begin(), base64.end(), is_space), base64.end());
  return text::from_base64(base64);
}

// Takes the next block off the front of `text`; nothing: there is none any more.
Result<std::optional<PemBlock>> take_block(std::string_view& text) {
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return std::optional<PemBlock>();
  text.remove_prefix(begin + kBegin.size());
  const auto label_end = text.find(kDashes);
  if (label_end == std::string_view::npos) return bad_keys("a BEGIN line has no end");
  PemBlock block;
  block.label = text.substr(0, label_end);
  const auto body_end = text.find(kEnd, label_end);
  const std::string end_line = std::string(kEnd) + block.label + std::string(kDashes);
  if (body_end == std::string_view::npos || text.substr(body_end, end_line.size()) != end_line) {
    return bad_keys("a BEGIN line has no END line of the same label");
  }
  const auto body_begin = label_end + kDashes.size();
  auto content = decode_body(text.substr(body_begin, body_end - body_begin));
  if (!content) return bad_keys("a block is not base64");
  block.content = std::move(*content);
  text.remove_prefix(body_end + end_line.size());
  return std::optional<PemBlock>(std::move(block));
}

Result<TrustedKey> trusted_key(Bytes info, std::optional<Timestamp> retired_at) {
  CC_TRY_ASSIGN(auto key, crypto::PublicKey::from_info(info));
  CC_TRY(challenge::check_signing_key(key.kind(), key.bits()));
  std::string id = challenge::key_id(info);
  return TrustedKey{std::move(id), std::move(info), std::move(key), retired_at};
}

Result<TrustedKey> read_block(PemBlock block) {
  if (block.label == "PUBLIC KEY") return trusted_key(std::move(block.content), std::nullopt);
  if (block.label == "CERTIFICATE") {
    CC_TRY_ASSIGN(const auto certificate, crypto::Certificate::from_der(block.content));
    return trusted_key(certificate.public_key_info(), certificate.not_after());
  }
  return bad_keys("it is neither a PUBLIC KEY nor a CERTIFICATE" +
                  std::string(block.label.find("PRIVATE KEY") == std::string::npos
                                  ? ""
                                  : ", but a private key, which must stay where challenges are "
                                    "made"));
}

}  // namespace

Result<std::vector<TrustedKey>> read_trusted_keys(std::string_view pem) {
  if (pem.size() > kMaxTrustedKeysText) return bad_keys("the text is larger than 64 KiB");
  std::vector<TrustedKey> keys;
  while (true) {
    CC_TRY_ASSIGN(auto block, take_block(pem));
    if (!block) break;
    const std::string number = std::to_string(keys.size() + 1);
    if (keys.size() == kMaxTrustedKeys) return bad_keys("there are more than 32");
    auto key = read_block(std::move(*block));
    if (!key) return bad_keys("block " + number + ": " + key.error().message());
    const bool twice = std::any_of(keys.begin(), keys.end(),
                                   [&](const TrustedKey& known) { return known.id == key->id; });
    if (twice) return bad_keys("block " + number + " holds the key of a block before it");
    keys.push_back(std::move(key).value());
  }
  if (keys.empty()) return bad_keys("there is no PUBLIC KEY and no CERTIFICATE in PEM");
  return keys;
}

}  // namespace certconnector::enrollment
