// SCEP requests as a fleet of devices sends them, made beforehand, and a look into the answers.
#pragma once

#include <string>
#include <vector>

#include "agent/scep/message.h"
#include "common/crypto/certificate.h"
#include "common/crypto/content_cipher.h"
#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::bench {

// Version 3, DER: a device that has no certificate yet signs its messages with it. Names are DER.
[[nodiscard]] Result<Bytes> make_self_signed(ByteView subject, ByteView serial,
                                             const crypto::PrivateKey& key);

// The content of one pkiMessage of such a device, RFC 8894 section 3.2.
struct DeviceMessage {
  scep::MessageType type = scep::MessageType::pkcs_req;
  std::string transaction_id;
  Bytes nonce;
  ByteView content;  // what the envelope holds: a PKCS#10, or what the type has instead
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
};

// Requests are encrypted to it: the RA, or the CA where there is no RA.
struct Recipient {
  crypto::Certificate certificate;
  crypto::PublicKey key;  // the certificate's
};
[[nodiscard]] Result<Recipient> make_recipient(crypto::Certificate certificate);

// `own` is the device's self-signed certificate, DER, for `key`, which is RSA.
[[nodiscard]] Result<Bytes> make_message(const DeviceMessage& message, const Recipient& recipient,
                                         const crypto::PrivateKey& key, ByteView own);

struct FleetSettings {
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
  std::string challenge;
  std::size_t keys = 8;  // of RSA-2048, which the devices share: making one takes long
};

// One device's PKCSReq. Each device has another subject, self-signed certificate and transaction
// id.
struct DeviceRequest {
  std::string transaction_id;
  std::size_t key = 0;  // which of the fleet's keys
  Bytes message;
};

// The content of an answer, verified and decrypted.
struct Issued {
  Bytes serial;
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
};

class Fleet {
 public:
  [[nodiscard]] static Result<Fleet> create(const FleetSettings& settings,
                                            crypto::Certificate recipient);

  // In any order and by any thread. `number` tells the devices of one run apart.
  [[nodiscard]] Result<DeviceRequest> make_request(std::size_t number) const;

  // Checks that the answer is a CertRep SUCCESS to this request. Either the certificate in the
  // answer or the recipient must have signed it, and it must hold a certificate for the request's
  // key. Errors say which check failed.
  [[nodiscard]] Result<Issued> check_answer(const DeviceRequest& request, ByteView answer) const;

 private:
  Fleet(FleetSettings settings, Recipient recipient);
  [[nodiscard]] Result<Bytes> decrypt(const DeviceRequest& request, ByteView content,
                                      Issued& issued) const;

  FleetSettings settings_;
  Recipient recipient_;
  std::string run_;  // so that a second run has other transactions
  std::vector<crypto::PrivateKey> keys_;
};

}  // namespace certconnector::bench
