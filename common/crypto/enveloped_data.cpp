#include "common/crypto/enveloped_data.h"

#include <utility>

#include "common/crypto/ber.h"
#include "common/crypto/digest.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxRecipients = 20;
constexpr std::uint64_t kHighestEnvelopedDataVersion = 4;

// encryptedContent is [0] IMPLICIT OCTET STRING; BER may send it in pieces.
std::optional<Bytes> read_encrypted_content(der::Reader& reader) {
  if (reader.next_is(der::context_primitive(0))) {
    const auto whole = reader.read(der::context_primitive(0));
    return whole ? std::optional(whole->to_bytes()) : std::nullopt;
  }
  auto pieces = reader.enter(der::context(0));
  if (!pieces) return std::nullopt;
  Bytes joined;
  while (!pieces->at_end()) {
    const auto piece = pieces->read(der::kOctetString);
    if (!piece) return std::nullopt;
    joined.insert(joined.end(), piece->begin(), piece->end());
  }
  return joined;
}

}  // namespace

// Fills an EnvelopedData from its own DER, in the order of RFC 5652 section 6.1.
class EnvelopedDataParser {
 public:
  explicit EnvelopedDataParser(Bytes message) { data_.message_ = std::move(message); }

  Result<EnvelopedData> parse() {
    const auto contents = cms::read_content_info(data_.message_, cms::kEnvelopedData);
    if (!contents) return cms::malformed("is no EnvelopedData");
    der::Reader reader(*contents);
    const auto version = reader.read_small_unsigned();
    if (!version || *version > kHighestEnvelopedDataVersion)
      return cms::malformed("has no version");
    if (reader.next_is(der::context(0))) reader.read_any();  // originatorInfo
    auto recipients = reader.enter(der::kSet);
    auto content = recipients ? reader.enter(der::kSequence) : std::nullopt;
    if (!content) return cms::malformed("has no recipients and content");
    if (reader.next_is(der::context(1))) reader.read_any();  // unprotectedAttrs
    if (!reader.at_end()) return cms::malformed("has something behind its content");
    CC_TRY(read_recipients(*recipients));
    CC_TRY(read_content(*content));
    return std::move(data_);
  }

 private:
  Status read_recipients(der::Reader& reader) {
    for (std::size_t count = 0; !reader.at_end(); ++count) {
      if (count == kMaxRecipients) return cms::malformed("has more than 20 recipients");
      // Only key transport has the universal tag; the others are for keys that SCEP has no use for.
      if (!reader.next_is(der::kSequence)) {
        if (!reader.read_any()) return cms::malformed("has a recipient that cannot be read");
        continue;
      }
      auto recipient = reader.enter(der::kSequence);
      if (!recipient) return cms::malformed("has a recipient that cannot be read");
      CC_TRY(read_recipient(*recipient));
    }
    if (data_.recipients_.empty()) return cms::unsupported("is for no RSA recipient");
    return {};
  }

  Status read_recipient(der::Reader& reader) {
    const auto version = reader.read_small_unsigned();
    const auto certificate =
        version ? cms::read_identifier(reader) : std::optional<CertificateIdentifier>();
    const auto algorithm =
        certificate ? reader.read_element(der::kSequence) : std::optional<der::Element>();
    const auto key = algorithm ? reader.read(der::kOctetString) : std::nullopt;
    if (!key || !reader.at_end()) return cms::malformed("has a recipient that cannot be read");
    CC_TRY_ASSIGN(const KeyTransport transport, parse_key_transport(algorithm->whole));
    data_.recipients_.push_back({*certificate, transport, *key});
    return {};
  }

  Status read_content(der::Reader& reader) {
    const auto type = reader.read_oid();
    auto algorithm = type ? cms::read_algorithm(reader) : std::optional<cms::Algorithm>();
    if (!algorithm || der::oid_to_text(*type) != cms::kData) {
      return cms::malformed("has encrypted content that is no data");
    }
    const auto cipher = cipher_from_oid(algorithm->oid);
    if (!cipher) return cms::unsupported("is encrypted with the cipher " + algorithm->oid);
    const auto iv = algorithm->parameters.read(der::kOctetString);
    if (!iv || iv->size() != block_size(*cipher) || !algorithm->parameters.at_end()) {
      return cms::malformed("has a wrong initialization vector");
    }
    auto encrypted = read_encrypted_content(reader);
    if (!encrypted || !reader.at_end()) return cms::malformed("has no encrypted content");
    data_.cipher_ = *cipher;
    data_.iv_ = *iv;
    data_.encrypted_ = std::move(*encrypted);
    return {};
  }

  EnvelopedData data_;
};

Result<EnvelopedData> EnvelopedData::parse(ByteView message) {
  if (message.size() > kMaxCmsSize) return cms::malformed("is larger than 131072 octets");
  auto parsed = EnvelopedDataParser(message.to_bytes()).parse();
  if (parsed.ok() || parsed.error().code() != error_code(CryptoErrc::malformed)) return parsed;
  auto converted = der::from_ber(message);
  if (!converted || ByteView(*converted) == message) return parsed;
  return EnvelopedDataParser(std::move(*converted)).parse();
}

Result<Bytes> EnvelopedData::decrypt(const Recipient& recipient, const UnwrappingKey& key) const {
  CC_TRY_ASSIGN(const Bytes content_key,
                unwrap_key(recipient.transport, key, recipient.wrapped_key, key_size(cipher_)));
  return decrypt_content(cipher_, content_key, iv_, encrypted_);
}

Result<Bytes> make_enveloped_data(const EnvelopedDataSpec& spec, const PublicKey& recipient,
                                  ByteView content) {
  const Bytes key = random_bytes(key_size(spec.cipher));
  const Bytes iv = random_bytes(block_size(spec.cipher));
  CC_TRY_ASSIGN(const Bytes encrypted, encrypt_content(spec.cipher, key, iv, content));
  CC_TRY_ASSIGN(const Bytes wrapped, wrap_key(spec.transport, recipient, key));
  Bytes out;
  der::Writer writer(out);
  cms::write_content_info(writer, cms::kEnvelopedData, [&] {
    writer.integer(0);
    writer.nest(der::kSet, [&] {
      writer.nest(der::kSequence, [&] {
        writer.integer(0);
        cms::write_identifier(writer, spec.recipient_issuer, spec.recipient_serial);
        writer.raw(encode_key_transport(spec.transport));
        writer.octet_string(wrapped);
      });
    });
    writer.nest(der::kSequence, [&] {
      writer.oid(der::oid_from_text(cms::kData).value_or(Bytes()));
      writer.nest(der::kSequence, [&] {
        writer.oid(der::oid_from_text(cipher_oid(spec.cipher)).value_or(Bytes()));
        writer.octet_string(iv);
      });
      writer.element(der::context_primitive(0), ByteView(encrypted));
    });
  });
  return out;
}

}  // namespace certconnector::crypto
