#include "common/crypto/signed_data.h"

#include <openssl/objects.h>

#include <algorithm>
#include <utility>

#include "common/crypto/ber.h"
#include "common/crypto/digest.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxCertificates = 20;
constexpr std::size_t kMaxSignedAttributes = 50;
constexpr std::uint64_t kHighestSignedDataVersion = 5;

// As a person knows it, where OpenSSL does.
std::string name_of(const std::string& oid) {
  const int known = OBJ_txt2nid(oid.c_str());
  return known == NID_undef ? oid : OBJ_nid2ln(known) + (" (" + oid + ")");
}

// Why a signature cannot be verified whatever its key is; nothing when it can. The signature
// algorithm of a SignerInfo is rsaEncryption, or names the hash too, which then is the digest
// algorithm's.
std::optional<Error> find_unsupported(const cms::Algorithm& digest,
                                      const cms::Algorithm& signature) {
  const auto hash = hash_from_oid(digest.oid);
  if (!hash) return cms::unsupported("is signed with the hash " + name_of(digest.oid));
  if (signature.oid == cms::kRsaEncryption || signature.oid == rsa_signature_oid(*hash)) {
    return std::nullopt;
  }
  return cms::unsupported("is signed with the algorithm " + name_of(signature.oid) +
                          "; SCEP takes RSA with PKCS#1 v1.5 padding");
}

}  // namespace

// Fills a SignedData from its own DER, in the order of RFC 5652 section 5.1.
class SignedDataParser {
 public:
  explicit SignedDataParser(Bytes message) { data_.message_ = std::move(message); }

  Result<SignedData> parse() {
    const auto contents = cms::read_content_info(data_.message_, cms::kSignedData);
    if (!contents) return cms::malformed("is no SignedData");
    der::Reader reader(*contents);
    const auto version = reader.read_small_unsigned();
    if (!version || *version > kHighestSignedDataVersion || !reader.read(der::kSet)) {
      return cms::malformed("has no version and digest algorithms");
    }
    if (!read_content(reader)) return cms::malformed("has a content that is no OCTET STRING");
    CC_TRY(read_certificates(reader));
    if (reader.next_is(der::context(1))) reader.read_any();  // CRLs: no client sends any
    auto signers = reader.enter(der::kSet);
    if (!signers || !reader.at_end()) return cms::malformed("has no signers");
    auto signer = signers->enter(der::kSequence);
    if (!signer || !signers->at_end()) return cms::malformed("has not exactly one signer");
    CC_TRY(read_signer(*signer));
    return std::move(data_);
  }

 private:
  bool read_content(der::Reader& reader) {
    auto encapsulated = reader.enter(der::kSequence);
    const auto type = encapsulated ? encapsulated->read_oid() : std::nullopt;
    if (!type || der::oid_to_text(*type) != cms::kData) return false;
    if (encapsulated->at_end()) return true;
    auto tagged = encapsulated->enter(der::context(0));
    const auto octets = tagged ? tagged->read(der::kOctetString) : std::nullopt;
    if (!octets || !tagged->at_end() || !encapsulated->at_end()) return false;
    data_.content_ = *octets;
    return true;
  }

  Status read_certificates(der::Reader& reader) {
    if (!reader.next_is(der::context(0))) return {};
    auto list = reader.enter(der::context(0));
    while (list && !list->at_end()) {
      const auto certificate = list->read_element(der::kSequence);
      if (!certificate || data_.certificates_.size() == kMaxCertificates) {
        return cms::malformed("has certificates that cannot be read, or more than 20");
      }
      data_.certificates_.push_back(certificate->whole);
    }
    return list ? Status() : cms::malformed("has certificates that cannot be read");
  }

  Status read_signer(der::Reader& reader) {
    const auto version = reader.read_small_unsigned();
    const auto identifier =
        version ? cms::read_identifier(reader) : std::optional<CertificateIdentifier>();
    const auto digest = identifier ? cms::read_algorithm(reader) : std::optional<cms::Algorithm>();
    if (!digest) return cms::malformed("has a signer that cannot be read");
    data_.signer_ = *identifier;
    data_.hash_ = hash_from_oid(digest->oid);
    const auto attributes = reader.read_element(der::context(0));
    if (!attributes) return cms::malformed("has no signed attributes");
    data_.signed_attributes_ = attributes->whole;
    CC_TRY(read_attributes(der::Reader(attributes->value)));
    const auto algorithm = cms::read_algorithm(reader);
    const auto signature = algorithm ? reader.read(der::kOctetString) : std::nullopt;
    if (!signature) return cms::malformed("has no signature");
    data_.unsupported_ = find_unsupported(*digest, *algorithm);
    data_.signature_ = *signature;
    if (reader.next_is(der::context(1))) reader.read_any();  // unsigned attributes
    return reader.at_end() ? Status() : cms::malformed("has something behind its signature");
  }

  Status read_attributes(der::Reader reader) {
    while (!reader.at_end()) {
      auto attribute = reader.enter(der::kSequence);
      const auto oid = attribute ? attribute->read_oid() : std::nullopt;
      auto values = oid ? attribute->enter(der::kSet) : std::nullopt;
      const auto value = values ? values->read_any() : std::nullopt;
      if (!value || !values->at_end() || !attribute->at_end()) {
        return cms::malformed("has a signed attribute that has not exactly one value");
      }
      if (data_.attributes_.size() == kMaxSignedAttributes) {
        return cms::malformed("has more than 50 signed attributes");
      }
      const bool twice = std::any_of(data_.attributes_.begin(), data_.attributes_.end(),
                                     [&](const auto& known) { return known.oid == *oid; });
      if (twice) return cms::malformed("has a signed attribute twice");
      data_.attributes_.push_back({*oid, *value});
    }
    return {};
  }

  SignedData data_;
};

Result<SignedData> SignedData::parse(ByteView message) {
  if (message.size() > kMaxCmsSize) return cms::malformed("is larger than 131072 octets");
  // Nearly every client sends DER; only what does not read as that is looked at once more.
  auto parsed = SignedDataParser(message.to_bytes()).parse();
  if (parsed.ok() || parsed.error().code() != error_code(CryptoErrc::malformed)) return parsed;
  auto converted = der::from_ber(message);
  if (!converted || ByteView(*converted) == message) return parsed;
  return SignedDataParser(std::move(*converted)).parse();
}

std::optional<der::Element> SignedData::attribute(std::string_view oid) const {
  const auto wanted = der::oid_from_text(oid);
  if (!wanted) return std::nullopt;
  const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                  [&](const auto& known) { return known.oid == *wanted; });
  return found == attributes_.end() ? std::nullopt : std::optional(found->value);
}

Status SignedData::verify(const PublicKey& key) const {
  if (unsupported_) return *unsupported_;
  const Error bad(CryptoErrc::bad_signature, ErrorKind::permanent,
                  "the CMS message's content is not the one that was signed");
  const auto type = attribute(cms::kContentType);
  if (!hash_ || !type || type->tag != der::kOid || der::oid_to_text(type->value) != cms::kData) {
    return bad;
  }
  const auto signed_digest = attribute(cms::kMessageDigest);
  const HashValue digest = crypto::hash(*hash_, content_);
  if (!signed_digest || signed_digest->tag != der::kOctetString ||
      signed_digest->value != ByteView(digest.octets.data(), digest.size)) {
    return bad;
  }
  // RFC 5652 section 5.4: signed as a SET OF, sent under [0].
  Bytes attributes = signed_attributes_.to_bytes();
  attributes[0] = der::kSet;
  return key.verify({SignatureScheme::rsa_pkcs1, *hash_, 0}, attributes, signature_);
}

}  // namespace certconnector::crypto
