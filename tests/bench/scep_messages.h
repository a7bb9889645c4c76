// SCEP requests as a fleet of devices sends them, made beforehand, and a look into the answers.
#pragma once

#include <string>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/content_cipher.h"
#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::bench {

struct FleetSettings {
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
  std::string challenge;
  std::size_t keys = 8;  // of RSA-2048, which the devices share: making one takes long
};

// One device's PKCSReq. Each has a subject, a self-signed certificate and a transaction id of its
// own.
struct DeviceRequest {
  std::string transaction_id;
  std::size_t key = 0;  // which of the fleet's keys
  Bytes message;
};

// What an answer says, once it is verified and decrypted.
struct Issued {
  Bytes serial;
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
};

class Fleet {
 public:
  // `recipient` is who the requests are encrypted to: the RA, or the CA where it is its own.
  [[nodiscard]] static Result<Fleet> create(const FleetSettings& settings,
                                            crypto::Certificate recipient);

  // In any order and by any thread. `number` tells the devices of one run apart.
  [[nodiscard]] Result<DeviceRequest> make_request(std::size_t number) const;

  // That it is a CertRep SUCCESS to this request, signed by the certificate that it brings along or
  // by the recipient, with a certificate for the request's key in it. Errors: what is wrong.
  [[nodiscard]] Result<Issued> check_answer(const DeviceRequest& request, ByteView answer) const;

 private:
  Fleet(FleetSettings settings, crypto::Certificate recipient, crypto::PublicKey key);
  [[nodiscard]] Result<Bytes> make_envelope(ByteView pkcs10) const;
  [[nodiscard]] Result<Bytes> decrypt(const DeviceRequest& request, ByteView content,
                                      Issued& issued) const;

  FleetSettings settings_;
  crypto::Certificate recipient_;
  crypto::PublicKey recipient_key_;
  std::string run_;  // so that a second run has other transactions
  std::vector<crypto::PrivateKey> keys_;
};

}  // namespace certconnector::bench
