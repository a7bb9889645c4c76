#include "agent/scep/reply.h"

#include <array>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/digest.h"

namespace certconnector::scep {
namespace {

namespace der = crypto::der;

constexpr std::size_t kNonceSize = 16;  // RFC 8894 section 3.2.1.5

constexpr std::string_view kSuccess = "0";
constexpr std::string_view kFailure = "2";
constexpr std::string_view kPending = "3";

// RFC 8894 section 3.2.2 wants no content here. certmonger ignores an answer without any, and no
// client minds an empty one.
constexpr ByteView kNothing{};

Bytes octet_string(ByteView value) {
  Bytes out;
  der::Writer(out).octet_string(value);
  return out;
}

Bytes string_of(std::uint8_t tag, std::string_view text) {
  Bytes out;
  der::Writer(out).element(tag, text);
  return out;
}

crypto::SignedDataSpec make_spec(const Reference& reference, const Signatory& signatory,
                                 std::string_view status) {
  crypto::SignedDataSpec spec;
  spec.certificates = {signatory.certificate};
  spec.signer_issuer = signatory.issuer;
  spec.signer_serial = signatory.serial;
  spec.hash = reference.hash;
  spec.attributes = {
      {std::string(oid::kTransactionId),
       string_of(der::kPrintableString, reference.transaction_id)},
      {std::string(oid::kMessageType), string_of(der::kPrintableString, "3")},
      {std::string(oid::kPkiStatus), string_of(der::kPrintableString, status)},
      {std::string(oid::kSenderNonce), octet_string(crypto::random_bytes(kNonceSize))},
      {std::string(oid::kRecipientNonce), octet_string(reference.nonce)},
  };
  return spec;
}

}  // namespace

std::string_view to_string(FailInfo info) {
  constexpr std::array<std::string_view, 5> kNames{"badAlg", "badMessageCheck", "badRequest",
                                                   "badTime", "badCertId"};
  return kNames.at(static_cast<std::size_t>(info));
}

Reference reference_to(const Message& request) {
  return {request.transaction_id(), request.sender_nonce(),
          request.hash().value_or(crypto::HashAlgorithm::sha256)};
}

Result<Bytes> make_success(const Reference& reference, const Signatory& signatory,
                           const Addressee& addressee, const std::vector<ByteView>& certificates,
                           const std::vector<ByteView>& crls) {
  const Bytes inside = crypto::make_certificates_only(certificates, crls);
  CC_TRY_ASSIGN(const Bytes envelope,
                crypto::make_enveloped_data(addressee.envelope, addressee.key, inside));
  crypto::SignedDataSpec spec = make_spec(reference, signatory, kSuccess);
  spec.content = ByteView(envelope);
  return crypto::make_signed_data(spec, signatory.key);
}

Result<Bytes> make_failure(const Reference& reference, const Signatory& signatory,
                           const FailureWords& words) {
  static constexpr std::uint8_t kZero = 0;
  crypto::SignedDataSpec spec = make_spec(reference, signatory, kFailure);
  const auto number = static_cast<char>('0' + static_cast<int>(words.info));
  spec.content = kNothing;
  spec.attributes.push_back({std::string(oid::kFailInfo),
                             string_of(der::kPrintableString, std::string_view(&number, 1))});
  if (!words.text.empty()) {
    spec.attributes.push_back(
        {std::string(oid::kFailInfoText), string_of(der::kUtf8String, words.text)});
  }
  if (words.ndes_hresult) {
    spec.hash = crypto::HashAlgorithm::sha1;
    spec.content = ByteView(&kZero, 1);
    spec.attributes.push_back(
        {std::string(oid::kNdesHresult),
         string_of(der::kPrintableString, std::to_string(*words.ndes_hresult))});
  }
  return crypto::make_signed_data(spec, signatory.key);
}

Result<Bytes> make_pending(const Reference& reference, const Signatory& signatory) {
  crypto::SignedDataSpec spec = make_spec(reference, signatory, kPending);
  spec.content = kNothing;
  return crypto::make_signed_data(spec, signatory.key);
}

}  // namespace certconnector::scep
