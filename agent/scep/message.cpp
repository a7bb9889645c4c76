#include "agent/scep/message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/public_key.h"

namespace certconnector::scep {
namespace {

namespace der = crypto::der;

constexpr std::size_t kLongestTransactionId = 255;
constexpr std::size_t kLongestNonce = 64;

struct NamedType {
  MessageType type;
  std::string_view number;  // as it is sent
  std::string_view name;
};

constexpr std::array<NamedType, 6> kTypes{{
    {MessageType::cert_rep, "3", "CertRep"},
    {MessageType::renewal_req, "17", "RenewalReq"},
    {MessageType::pkcs_req, "19", "PKCSReq"},
    {MessageType::cert_poll, "20", "CertPoll"},
    {MessageType::get_cert, "21", "GetCert"},
    {MessageType::get_crl, "22", "GetCRL"},
}};

Error malformed_message(std::string what) {
  return {ScepErrc::malformed, ErrorKind::permanent, "the SCEP message " + std::move(what)};
}

Error weak_message(std::string what, std::string_view option) {
  return {ScepErrc::weak, ErrorKind::permanent,
          "the SCEP message " + std::move(what) + "; a device without a better algorithm needs " +
              std::string(option) + " = yes in the service's section"};
}

bool is_unsupported(const Error& error) {
  return error.code() == crypto::error_code(crypto::CryptoErrc::unsupported);
}

// No switch lets it in.
Error unknown_algorithm(const Error& error) {
  return {ScepErrc::weak, ErrorKind::permanent,
          "the SCEP message's signature cannot be checked: " + error.message() +
              "; set the device up for RSA with SHA-256"};
}

// RFC 8894 wants PrintableString; clients send the string type of their library.
std::optional<std::string_view> text_of(const std::optional<der::Element>& value) {
  constexpr std::array<std::uint8_t, 4> kTags{der::kPrintableString, der::kUtf8String,
                                              der::kIa5String, der::kVisibleString};
  if (!value || std::find(kTags.begin(), kTags.end(), value->tag) == kTags.end()) {
    return std::nullopt;
  }
  return as_text(value->value);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string_view to_string(MessageType type) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.type == type; });
  return found == kTypes.end() ? std::string_view("unknown") : found->name;
}

ErrorCode error_code(ScepErrc errc) {
  switch (errc) {
    case ScepErrc::malformed:
      return {"scep", "malformed"};
    case ScepErrc::no_signer:
      return {"scep", "no_signer"};
    case ScepErrc::bad_signature:
      return {"scep", "bad_signature"};
    case ScepErrc::weak:
      return {"scep", "weak"};
    case ScepErrc::bad_ra:
      return {"scep", "bad_ra"};
  }
  return {"scep", "unknown"};
}

Result<Message> Message::parse(ByteView message) {
  auto data = crypto::SignedData::parse(message);
  if (!data.ok()) return malformed_message("cannot be read: " + data.error().message());
  Message parsed(std::move(*data));
  CC_TRY(parsed.read_attributes());
  return parsed;
}

Status Message::read_attributes() {
  const auto transaction_id = text_of(signed_.attribute(oid::kTransactionId));
  if (!transaction_id || transaction_id->empty() ||
      transaction_id->size() > kLongestTransactionId || !is_printable(*transaction_id)) {
    return malformed_message("has no transaction id of 1 to 255 printable characters");
  }
  transaction_id_ = std::string(*transaction_id);
  const auto nonce = signed_.attribute(oid::kSenderNonce);
  if (!nonce || nonce->tag != der::kOctetString || nonce->value.empty() ||
      nonce->value.size() > kLongestNonce) {
    return malformed_message("has no sender nonce of 1 to 64 octets");
  }
  sender_nonce_ = nonce->value.to_bytes();
  const auto number = text_of(signed_.attribute(oid::kMessageType));
  const auto* type = std::find_if(kTypes.begin(), kTypes.end(), [&](const NamedType& t) {
    return number && t.number == *number && t.type != MessageType::cert_rep;
  });
  if (type != kTypes.end()) type_ = type->type;
  return {};
}

// A certificate that cannot be read may be the one that signs, and its fault is the cause then.
Result<Message::Signer> Message::find_signer() const {
  std::optional<Error> unreadable;
  for (const ByteView candidate : signed_.certificates()) {
    auto fields = crypto::parse_certificate_fields(candidate);
    if (!fields.ok()) {
      unreadable = std::move(fields).error();
    } else if (signed_.signer().names(*fields)) {
      return Signer{candidate, *fields};
    }
  }
  std::string text = "the SCEP message does not hold the certificate that signs it";
  if (unreadable) text += ", or holds it in a form that cannot be read: " + unreadable->message();
  return Error(ScepErrc::no_signer, ErrorKind::permanent, std::move(text));
}

Result<MessageSigner> Message::verify(const LegacyAlgorithms& legacy) const {
  if (hash() == crypto::HashAlgorithm::sha1 && !legacy.sha1) {
    return weak_message("is signed with SHA-1", "allow_sha1");
  }
  CC_TRY_ASSIGN(const Signer signer, find_signer());
  auto key = crypto::PublicKey::from_info(signer.fields.public_key_info);
  if (!key.ok()) {
    return Error(
        ScepErrc::weak, ErrorKind::permanent,
        "the certificate that signs the SCEP message cannot be used: " + key.error().message());
  }
  if (const Status verified = signed_.verify(*key); !verified.ok()) {
    if (is_unsupported(verified.error())) return unknown_algorithm(verified.error());
    return Error(ScepErrc::bad_signature, ErrorKind::permanent,
                 "the signature of the SCEP message does not verify");
  }
  return MessageSigner{signer.certificate, signer.fields, std::move(*key)};
}

Result<crypto::EnvelopedData> Message::envelope(const LegacyAlgorithms& legacy) const {
  auto envelope = crypto::EnvelopedData::parse(signed_.content());
  if (!envelope.ok()) {
    return Error(is_unsupported(envelope.error()) ? ScepErrc::weak : ScepErrc::malformed,
                 ErrorKind::permanent,
                 "the SCEP message's envelope cannot be read: " + envelope.error().message());
  }
  const std::string cipher(crypto::to_string(envelope->cipher()));
  if (envelope->cipher() == crypto::ContentCipher::des3 && !legacy.triple_des) {
    return weak_message("is encrypted with " + cipher, "allow_triple_des");
  }
  if (envelope->cipher() == crypto::ContentCipher::des && !legacy.single_des) {
    return weak_message("is encrypted with " + cipher, "allow_insecure_des");
  }
  return std::move(*envelope);
}

}  // namespace certconnector::scep
