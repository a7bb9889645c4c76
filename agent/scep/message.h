// SCEP's pkiMessage from a client, RFC 8894 section 3: a SignedData by the client around an
// EnvelopedData for the registration authority (RA).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/enveloped_data.h"
#include "common/crypto/public_key.h"
#include "common/crypto/signed_data.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::scep {

// RFC 8894 section 3.2.1.2.
enum class MessageType : std::uint8_t {
  cert_rep = 3,
  renewal_req = 17,
  pkcs_req = 19,
  cert_poll = 20,
  get_cert = 21,
  get_crl = 22
};
[[nodiscard]] std::string_view to_string(MessageType type);  // "PKCSReq"

enum class ScepErrc {
  malformed,      // no pkiMessage: an answer could refer to nothing
  no_signer,      // the message does not hold the certificate that signs it
  bad_signature,  // the signature does not verify
  weak,           // a hash, cipher or key that this service does not accept
  bad_ra          // the RA's own files are not usable
};
[[nodiscard]] ErrorCode error_code(ScepErrc errc);

// Outdated algorithms that a service accepts. All off: SHA-2 and AES.
struct LegacyAlgorithms {
  bool sha1 = false;
  bool triple_des = false;
  bool single_des = false;
};

// The signer of the message. Views into the message.
struct MessageSigner {
  ByteView certificate;  // DER
  crypto::CertificateFields fields;
  crypto::PublicKey key;
};

// One request. Trust none of its values before verify().
class Message {
 public:
  // Errors, permanent: malformed, also without the values that an answer refers to (transaction id,
  // nonce).
  [[nodiscard]] static Result<Message> parse(ByteView message);

  // Nothing: a type that no client sends.
  [[nodiscard]] std::optional<MessageType> type() const { return type_; }
  // 1 to 255 printable ASCII characters.
  [[nodiscard]] const std::string& transaction_id() const { return transaction_id_; }
  [[nodiscard]] const Bytes& sender_nonce() const { return sender_nonce_; }  // 1 to 64 octets
  // Nothing: an unknown one.
  [[nodiscard]] std::optional<crypto::HashAlgorithm> hash() const { return signed_.hash(); }

  // Checks that the certificate in the message made its signature. Gives that certificate:
  // self-signed on a first enrollment, else one of this CA. Does not check whether it may ask.
  // Errors, permanent: no_signer, bad_signature; weak, which names the algorithm.
  [[nodiscard]] Result<MessageSigner> verify(const LegacyAlgorithms& legacy) const;

  // Nothing is encrypted: some clients poll so.
  [[nodiscard]] bool is_empty() const { return signed_.content().empty(); }
  // The envelope for the RA. Errors, permanent: malformed; weak, which names the algorithm.
  [[nodiscard]] Result<crypto::EnvelopedData> envelope(const LegacyAlgorithms& legacy) const;

 private:
  explicit Message(crypto::SignedData data) : signed_(std::move(data)) {}
  [[nodiscard]] Status read_attributes();
  struct Signer {
    ByteView certificate;
    crypto::CertificateFields fields;
  };
  [[nodiscard]] Result<Signer> find_signer() const;

  crypto::SignedData signed_;
  std::optional<MessageType> type_;
  std::string transaction_id_;
  Bytes sender_nonce_;
};

namespace oid {
inline constexpr std::string_view kMessageType = "2.16.840.1.113733.1.9.2";
inline constexpr std::string_view kPkiStatus = "2.16.840.1.113733.1.9.3";
inline constexpr std::string_view kFailInfo = "2.16.840.1.113733.1.9.4";
inline constexpr std::string_view kSenderNonce = "2.16.840.1.113733.1.9.5";
inline constexpr std::string_view kRecipientNonce = "2.16.840.1.113733.1.9.6";
inline constexpr std::string_view kTransactionId = "2.16.840.1.113733.1.9.7";
inline constexpr std::string_view kNdesHresult = "1.3.6.1.4.1.311.21.33";
inline constexpr std::string_view kFailInfoText = "1.3.6.1.5.5.7.24.1";
}  // namespace oid

}  // namespace certconnector::scep
