// Whether a request for a certificate may have one, on what right, and what it may say: a renewal
// by the certificate that signs it, anything else by its challenge.
#pragma once

#include <string>

#include "agent/enrollment/granted_right.h"
#include "agent/jobs/ca_registry.h"
#include "agent/scep/service.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::scep {

// One request with what is known of it; nothing is owned.
struct RightQuery {
  const Service& service;
  const jobs::CaHandle& issuer;
  const MessageSigner& signer;  // has made the message's signature
  MessageType type;             // PKCSReq or RenewalReq; clients renew with either
  const crypto::Pkcs10& request;
  const std::string& transaction_id;
  bool may_wait;  // false: MustWait instead of an answer that others are asked for
};

// A right that is granted names its template. `now` is the wall clock's.
[[nodiscard]] enrollment::RightAnswer find_right(const RightQuery& query, Timestamp now);

}  // namespace certconnector::scep
