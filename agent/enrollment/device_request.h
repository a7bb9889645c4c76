// One device's request for a certificate, as a front end passes it on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports/enrollment_ledger.h"
#include "agent/enrollment/denial_quota.h"
#include "agent/enrollment/enrollment_policy.h"
#include "agent/enrollment/renewal_quota.h"
#include "agent/jobs/ca_registry.h"
#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"
#include "common/runtime/client_limit.h"
#include "common/runtime/worker_pool.h"
#include "common/text/bytes.h"

namespace certconnector::enrollment {

// Common to all services of a front end. All outlive the EnrollmentService.
struct FrontEnd {
  runtime::WorkerPool& pool;  // where an answer to a submission is given
  DenialQuota& refusals;      // by client
  // Denials that are guesses, by client. A client above the limit gets "come later". Null: no
  // limit, because the clients are trusted.
  runtime::ClientLimit* guesses = nullptr;
  RenewalQuota* renewals = nullptr;  // by certificate; null: no limit
};

// The CA that issues to the devices of a service.
struct KnownCa {
  std::optional<crypto::Certificate> certificate;  // may be empty where `handle` is set
  core::CaFingerprint fingerprint;
  jobs::CaRef handle;  // null: the agent knows only the certificate
};
// Null: the agent cannot ask the CA for certificates.
[[nodiscard]] core::CertificateLookup* lookup_of(const KnownCa& ca);

// The purpose of the certificate that signs the request.
enum class SignerPurpose : std::uint8_t {
  enroll,  // PKCSReq: to renew if it is the CA's own, else only to sign
  renew,   // RenewalReq
  either   // NDES does not say: enroll if its own key signs and it has a challenge
};

// The template that issues. A Failed says why none does. `authorized`: the template of the
// challenge or of the renewed certificate; nothing: the service chooses.
using TemplateAnswer = std::variant<std::string, core::Failed>;
using TemplateRule = std::function<TemplateAnswer(const std::optional<std::string>& authorized)>;

struct Authorization;
// Why the request may not hold what it holds, whoever authorized it; nothing: it may.
using ContentRule = std::function<std::optional<core::Failed>(const Authorization& authorization)>;

struct DeviceRequest {
  const FrontEnd* front_end = nullptr;             // never null
  std::shared_ptr<const EnrollmentPolicy> policy;  // never null
  core::EnrollmentKey key;
  KnownCa ca;
  std::vector<jobs::CaRef> previous_cas{};  // that issued before it; their certificates renew too
  std::string client;                       // its address
  std::shared_ptr<const crypto::Pkcs10> pkcs10;  // null: it could not be read
  Bytes signer;  // DER, of the certificate that signed the message; empty: none
  // Of its key, where that is not `key.public_key`.
  std::optional<crypto::Sha256> signer_key = std::nullopt;
  SignerPurpose purpose = SignerPurpose::enroll;
  std::string template_name;  // that would issue unless the challenge names one; may be empty
  TemplateRule choose_template;
  ContentRule check_content = nullptr;  // null: the issuing CA of the agent cuts or refuses it
};

}  // namespace certconnector::enrollment
