// The certificate authority port: one issuing CA of any backend.
//
// Calls come from several threads at once, at most as many as the CA's concurrency limit. Batches
// exist so that a backend can make one durable write for many; a backend without batches loops.
// Answers are in the order of the requests, one for each. Nothing throws.
//
// A backend that waits for another process or host obeys the CallContext. The embedded CA waits for
// nothing and ignores it. describe(), chain() and the capabilities without a context answer from
// memory or from the agent's store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/job.h"
#include "agent/core/ports/call_context.h"
#include "agent/core/ports/certificate_store.h"
#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"
#include "common/result/result.h"

namespace certconnector::core {

struct TemplateDescription {
  std::string name;
  bool needs_approval = false;
};

struct CaDescription {
  std::string name;     // of its section in the configuration
  std::string backend;  // "local", ...
  CaFingerprint fingerprint;
  std::string subject;  // RFC 4514
  Timestamp not_after;  // of the CA certificate
  std::vector<TemplateDescription> templates;
  // Sentences, which begin in lower case or with a name: which templates its own certificate keeps
  // it from issuing, and why verifiers refuse what it issues.
  std::vector<std::string> limits = {};
};

struct Submission {
  IdempotencyKey key{};
  const crypto::Pkcs10* request = nullptr;  // parsed and verified; outlives the call
  std::string template_name;
  // Content that the job, its challenge or the renewed certificate names; outlives the call. May be
  // null.
  const ExpectedContent* expected = nullptr;
  ByteView renewed_subject;  // DER; outlives the call; empty: the request's own
  UsageBound at_most;        // the certificate holds no more, whatever the request asks for
  std::optional<std::string> sid;
  std::optional<std::chrono::seconds> validity;
  bool approved = false;   // a person has approved it
  bool for_agent = false;  // the agent's own: it may use templates that are not for jobs
};

struct PendingAtCa {
  std::string request_id;
  std::optional<Duration> retry_after = std::nullopt;  // when the CA wants to be asked again
};
struct NeedsApproval {
  std::string message;
};
struct DeniedByCa {  // the CA said no: permanent
  Failed reason;
};
struct CaUnavailable {  // it was not reached, or did not take the request: safe to try again
  std::string message;
  std::optional<Duration> retry_after;
};
// The CA's stored data is damaged: the agent stops, and the job waits for the repair.
struct CaDamaged {
  Error error;  // corrupt
};
struct InDoubt {  // the request may or may not have been taken
  std::string message;
};
using SubmitAnswer =
    std::variant<Issued, PendingAtCa, NeedsApproval, DeniedByCa, CaUnavailable, CaDamaged, InDoubt>;

struct Revocation {
  IdempotencyKey key{};
  CertificateId certificate;
  RevocationReason reason = RevocationReason::unspecified;
  std::optional<Timestamp> invalidity_date;
};
struct RevocationPending {  // the CA works, and has not decided on this one: it is asked again
  std::optional<Duration> retry_after;
};
using RevokeAnswer = std::variant<Revoked, DeniedByCa, CaUnavailable, CaDamaged, RevocationPending>;

class CertificateAuthority {
 public:
  virtual ~CertificateAuthority() = default;

  [[nodiscard]] virtual CaDescription describe() const = 0;
  // A CA that keeps its certificates in the agent's store does not record them here: whoever asked
  // records a certificate with the outcome of its job, in one transaction, before anybody gets it.
  virtual std::vector<SubmitAnswer> submit(const std::vector<Submission>& submissions,
                                           const CallContext& call) = 0;
  // The outcome of a pending request.
  virtual SubmitAnswer retrieve(const std::string& request_id, const IdempotencyKey& key,
                                const CallContext& call) = 0;
  // Durable when it answers Revoked.
  virtual std::vector<RevokeAnswer> revoke(const std::vector<Revocation>& revocations,
                                           const CallContext& call) = 0;
  // DER, from the issuing CA's certificate up to, not beyond, the root.
  [[nodiscard]] virtual std::vector<Bytes> chain() const = 0;
  // Whether it could issue now; the error says what is wrong and what to do.
  virtual Status check(const CallContext& call) = 0;
};

// Optional capability: the CA can say the outcome of a request.
class CertificateFinder {
 public:
  virtual ~CertificateFinder() = default;
  // Errors: corrupt as CaDamaged, else it can be asked again later.
  virtual Result<std::optional<Issued>> find(const IdempotencyKey& key, ByteView public_key_info,
                                             Timestamp submitted_after,
                                             const CallContext& call) = 0;
};

// Optional capability: the agent publishes this CA's CRL.
class CrlPublisher {
 public:
  virtual ~CrlPublisher() = default;
  // Publishes when a revocation waits and the pace allows it, or when the last CRL nears its end.
  // Returns when to call again at the latest.
  virtual Result<Timestamp> publish_if_due() = 0;
  virtual Status publish_now() = 0;
  [[nodiscard]] virtual std::optional<CrlRecord> last_published() const = 0;
  // How many CRLs of partitions come with it.
  [[nodiscard]] virtual std::size_t partitions() const = 0;
  // Why the last attempt failed, or why the next one would; nothing when all is well.
  [[nodiscard]] virtual std::optional<std::string> why_unpublishable() const = 0;
};

// Optional capability: the CA knows each certificate that it issued, and whether it is revoked.
class CertificateLookup {
 public:
  virtual ~CertificateLookup() = default;
  // Nothing: the CA never issued it, or has forgotten it after its expiry. Errors: as
  // CertificateFinder's.
  virtual Result<std::optional<CertificateRecord>> find_certificate(const CertificateId& id) = 0;
  // This very certificate. A CA that was in use elsewhere knows each certificate that it signed,
  // and records it. Nothing: the CA did not issue it, or has forgotten it. Errors: the same.
  virtual Result<std::optional<CertificateRecord>> recognize(
      const crypto::Certificate& certificate) {
    CC_TRY_ASSIGN(auto found, find_certificate({certificate.serial(), {}}));
    if (found && found->entry.certificate.certificate != certificate.der()) found.reset();
    return found;
  }
  // Whether the CA may have issued certificates that find_certificate() does not find: it was in
  // use elsewhere before.
  virtual Result<bool> may_have_issued_more() { return false; }
};

// Optional capability: the CA announces to relying parties which certificates to trust next, and
// signs the announcement with its key.
class SuccessorAnnouncer {
 public:
  virtual ~SuccessorAnnouncer() = default;
  // The certificates (DER), in this order, as the signed content of a SignedData of the CA: RFC
  // 8894 section 4.7.1. Errors: permanent where the CA's certificate is not for signing messages.
  virtual Result<Bytes> announce(const std::vector<ByteView>& certificates) = 0;
};

enum class InDoubtPolicy { resubmit, hold };

// An issuing CA as the agent holds it: the mandatory port and the capabilities. Null: the CA lacks
// the capability.
struct CaPorts {
  std::shared_ptr<CertificateAuthority> ca;
  CertificateFinder* finder = nullptr;        // owned by ca
  CrlPublisher* crl_publisher = nullptr;      // owned by ca
  CertificateLookup* certificates = nullptr;  // owned by ca
  SuccessorAnnouncer* successors = nullptr;   // owned by ca
  InDoubtPolicy in_doubt = InDoubtPolicy::hold;
  std::size_t concurrency = 2;        // submissions under way at once
  std::size_t batch = 50;             // jobs in one submission
  Duration call_limit{60000};         // how long one call may take
  std::vector<std::string> ra_names;  // RFC 4514: the agent's RAs, at any CA
  // Another party's CA: the agent compares its certificates with the requests before they count.
  bool foreign = false;
};

}  // namespace certconnector::core
