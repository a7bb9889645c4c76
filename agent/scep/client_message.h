// The client's side of SCEP, RFC 8894 sections 3.3.1 and 4. Only the part that the agent needs to
// enroll at itself.
#pragma once

#include <string>
#include <vector>

#include "agent/scep/message.h"
#include "agent/scep/reply.h"
#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::scep {

// The certificates of GetCACert, by their use.
struct OfferedCertificates {
  crypto::Certificate signing;     // it signs the answers
  crypto::Certificate encryption;  // requests are encrypted to it
  std::vector<crypto::Certificate> cas;
};
// Errors, permanent: malformed; bad_ra, without an RA certificate among them.
[[nodiscard]] Result<OfferedCertificates> read_offer(ByteView message);

// A client without a certificate signs with a self-signed one. RSA.
struct ClientCredential {
  crypto::PrivateKey key;
  Bytes certificate;  // DER
};
[[nodiscard]] Result<ClientCredential> make_credential(const Bytes& subject, Timestamp now);

// The PKCSReq.
[[nodiscard]] Result<Bytes> make_enrollment_message(const ClientCredential& client,
                                                    const crypto::Certificate& ra, ByteView pkcs10,
                                                    const std::string& transaction_id,
                                                    const Bytes& nonce);

enum class PkiStatus { success = 0, failure = 2, pending = 3 };
struct ClientReply {
  PkiStatus status = PkiStatus::failure;
  std::optional<FailInfo> fail_info;
  std::vector<crypto::Certificate> certificates;  // of a success
};
// Errors, permanent: malformed; bad_signature, when the RA did not sign it or it answers another
// request.
[[nodiscard]] Result<ClientReply> read_reply(ByteView message, const ClientCredential& client,
                                             const crypto::Certificate& ra,
                                             const std::string& transaction_id, const Bytes& nonce);

}  // namespace certconnector::scep
