#include "common/crypto/pkcs10.h"

#include <algorithm>

#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"
#include "common/crypto/extension_values.h"
#include "common/crypto/public_key.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxAttributes = 100;
constexpr std::size_t kMaxExtensions = 100;

Error malformed_request(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the PKCS#10 request " + std::move(what)};
}

Error too_many_extensions() { return malformed_request("asks for more than 100 extensions"); }

}  // namespace

// Fills a Pkcs10 from its own DER, part by part in the order of RFC 2986 section 4.
class Pkcs10Parser {
 public:
  Pkcs10Parser(Bytes der, ProofOfPossession proof, const PublicKey* at_hand)
      : proof_(proof), at_hand_(at_hand) {
    request_.der_ = std::move(der);
  }

  Result<Pkcs10> parse() {
    if (request_.der_.size() > kMaxPkcs10Size)
      return malformed_request("is larger than 65536 octets");
    const auto contents = der::read_only(request_.der_, der::kSequence);
    if (!contents) return malformed_request("is not one DER SEQUENCE");
    der::Reader reader(*contents);
    const auto info = reader.read_element(der::kSequence);
    const auto algorithm = info ? reader.read(der::kSequence) : std::nullopt;
    const auto signature = algorithm ? reader.read_bit_string() : std::nullopt;
    if (!signature || !reader.at_end()) {
      return malformed_request("is not of the form request, signature algorithm, signature");
    }
    // First what costs little, so that a flood of bad requests is cheap to refuse.
    request_.info_ = info->whole;
    CC_TRY(parse_info(info->value));
    CC_TRY_ASSIGN(const PublicKeyFields key, parse_public_key(request_.public_key_info_));
    request_.key_kind_ = key.kind;
    request_.key_bits_ = key.bits;
    request_.public_key_bits_ = key.key_bits;
    if (proof_ != ProofOfPossession::known) {
      CC_TRY(verify(key, *algorithm, info->whole, *signature));
    }
    return std::move(request_);
  }

 private:
  [[nodiscard]] Status verify(const PublicKeyFields& fields, ByteView algorithm, ByteView info,
                              ByteView signature) const {
    const WeakHashes weak =
        proof_ == ProofOfPossession::verify_sha1 ? WeakHashes::sha1 : WeakHashes::refused;
    CC_TRY_ASSIGN(const SignatureAlgorithm parsed, parse_signature_algorithm(algorithm, weak));
    Status verified;
    if (at_hand_ != nullptr && at_hand_->is(fields)) {
      verified = at_hand_->verify(parsed, info, signature);
    } else {
      CC_TRY_ASSIGN(const PublicKey key, PublicKey::from_fields(fields));
      verified = key.verify(parsed, info, signature);
    }
    return verified.ok() ? verified : verified.error().with_context("the PKCS#10 request");
  }

  Status parse_info(ByteView info) {
    der::Reader reader(info);
    const auto version = reader.read_small_unsigned();
    if (!version) return malformed_request("has no version");
    if (*version != 0) {
      return Error(CryptoErrc::unsupported, ErrorKind::permanent,
                   "the PKCS#10 request is not of version 1 (the number 0)");
    }
    const auto subject = reader.read_element(der::kSequence);
    if (!subject) return malformed_request("has no subject");
    request_.subject_ = subject->whole;
    CC_TRY(check_subject());
    const auto key = reader.read_element(der::kSequence);
    if (!key) return malformed_request("has no public key");
    request_.public_key_info_ = key->whole;
    if (reader.at_end()) return {};  // RFC 2986 wants the attributes, some clients leave them out
    auto attributes = reader.enter(der::context(0));
    if (!attributes || !reader.at_end())
      return malformed_request("has something else after its public key");
    return parse_attributes(*attributes);
  }

  Status check_subject() {
    const auto name = parse_name(request_.subject_);
    if (!name.ok()) return name.error().with_context("the subject of the PKCS#10 request");
    return {};
  }

  // Their order is not looked at: DER wants it sorted, but many clients do not sort. Some repeat an
  // attribute, which is good while it says the same.
  Status parse_attributes(der::Reader& attributes) {
    std::vector<RequestAttribute>& all = request_.attributes_;
    while (!attributes.at_end()) {
      if (all.size() == kMaxAttributes) return malformed_request("has more than 100 attributes");
      auto attribute = attributes.enter(der::kSequence);
      const auto type = attribute ? attribute->read_oid() : std::nullopt;
      auto oid = type ? der::oid_to_text(*type) : std::nullopt;
      auto values = oid ? attribute->enter(der::kSet) : std::nullopt;
      if (!values || !attribute->at_end()) return malformed_request("has a malformed attribute");
      const ByteView contents = values->rest();
      CC_TRY(parse_attribute(*oid, *values));
      all.push_back({std::move(*oid), contents});
    }
    return {};
  }

  Status parse_attribute(const std::string& type, der::Reader& values) {
    if (type == oid::kExtensionRequest || type == oid::kMicrosoftExtensionRequest) {
      if (values.at_end()) return {};  // seen from clients that ask for nothing
      auto extensions = values.enter(der::kSequence);
      if (!extensions || !values.at_end())
        return malformed_request("has a malformed extension request");
      return parse_extensions(*extensions);
    }
    if (type == oid::kChallengePassword) {
      const auto value = values.read_any();
      auto text = value && values.at_end() ? decode_string(value->tag, value->value) : std::nullopt;
      if (!text) return malformed_request("has a challenge password that is not one string");
      if (request_.challenge_password_ && *request_.challenge_password_ != *text) {
        return malformed_request("has two challenge passwords that differ; send one");
      }
      request_.challenge_password_ = std::move(*text);
      return {};
    }
    while (!values.at_end()) {
      if (!values.read_any())
        return malformed_request("has an attribute value that is not DER: " + type);
    }
    return {};
  }

  // Two lists, of PKCS#9 and of Microsoft, may have an extension in common while it says the same
  // in both: then every reader finds the same, whichever list it reads.
  Status parse_extensions(der::Reader& extensions) {
    std::vector<RequestedExtension> list;
    while (!extensions.at_end()) {
      if (list.size() == kMaxExtensions) return too_many_extensions();
      CC_TRY_ASSIGN(RequestedExtension one, parse_extension(extensions));
      const bool twice =
          std::any_of(list.begin(), list.end(),
                      [&](const RequestedExtension& other) { return other.oid == one.oid; });
      if (twice) return malformed_request("asks for the extension " + one.oid + " twice");
      list.push_back(std::move(one));
    }
    for (RequestedExtension& one : list) {
      const RequestedExtension* const other = request_.find_extension(one.oid);
      if (other == nullptr) {
        if (request_.extensions_.size() == kMaxExtensions) return too_many_extensions();
        request_.extensions_.push_back(std::move(one));
      } else if (other->critical != one.critical || other->value != one.value) {
        return malformed_request("asks for the extension " + one.oid +
                                 " in two attributes with different values; send one of them");
      }
    }
    return {};
  }

  static Result<RequestedExtension> parse_extension(der::Reader& extensions) {
    auto extension = extensions.enter(der::kSequence);
    const auto type = extension ? extension->read_oid() : std::nullopt;
    auto oid = type ? der::oid_to_text(*type) : std::nullopt;
    if (!oid) return malformed_request("asks for a malformed extension");
    RequestedExtension requested;
    if (extension->next_is(der::kBoolean)) {
      const auto critical = extension->read_boolean();
      // DER leaves out the default (false); clients that write it do no harm.
      if (!critical) return malformed_request("has a bad critical flag in the extension " + *oid);
      requested.critical = *critical;
    }
    const auto value = extension->read(der::kOctetString);
    if (!value || !extension->at_end())
      return malformed_request("asks for a malformed extension " + *oid);
    requested.oid = std::move(*oid);
    requested.value = *value;
    return requested;
  }

  const ProofOfPossession proof_;
  const PublicKey* const at_hand_;
  Pkcs10 request_;
};

Result<Pkcs10> Pkcs10::parse(Bytes der, ProofOfPossession proof, const PublicKey* at_hand) {
  return Pkcs10Parser(std::move(der), proof, at_hand).parse();
}

const RequestedExtension* Pkcs10::find_extension(std::string_view oid) const {
  const auto found = std::find_if(extensions_.begin(), extensions_.end(),
                                  [&](const RequestedExtension& e) { return e.oid == oid; });
  return found == extensions_.end() ? nullptr : &*found;
}

Result<std::vector<GeneralName>> Pkcs10::subject_alt_names() const {
  const RequestedExtension* extension = find_extension(oid::kSubjectAltName);
  if (extension == nullptr) return std::vector<GeneralName>();
  return parse_general_names(extension->value);
}

Result<std::uint16_t> Pkcs10::key_usage() const {
  const RequestedExtension* extension = find_extension(oid::kKeyUsage);
  if (extension == nullptr) return std::uint16_t{0};
  return parse_key_usage(extension->value);
}

Result<std::vector<std::string>> Pkcs10::extended_key_usage() const {
  const RequestedExtension* extension = find_extension(oid::kExtendedKeyUsage);
  if (extension == nullptr) return std::vector<std::string>();
  return parse_extended_key_usage(extension->value);
}

}  // namespace certconnector::crypto
