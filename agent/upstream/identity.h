// The agent's identity towards the management endpoint: what makes a client certificate usable, and
// its renewal. RFC 5280 section 4.2.1.12 (EKU), RFC 8446 section 4.4.2.2.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "agent/core/ports/identity_store.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

// Errors: transient when it is not valid yet (a clock that is wrong at boot is set later), else
// permanent; the message says the remedy. `wall` is Clock::wall(). `replacing`: how a person gets
// another certificate into its place, a clause such as kAskTheIssuer.
[[nodiscard]] Status check_identity(const crypto::Certificate& certificate,
                                    const crypto::PrivateKey& key, Timestamp wall,
                                    const std::string& replacing);
// For a certificate that the endpoint has given just now.
inline constexpr const char* kAskTheIssuer =
    "ask the endpoint's administrator why it gives out such a certificate";

// Two thirds into the lifetime, and up to a twentieth of it earlier: `unit` in [0, 1) spreads a
// fleet.
[[nodiscard]] Timestamp renew_at(const crypto::Certificate& certificate, double unit);

// For one of the machine's store.
inline constexpr const char* kEnrollInTheStore =
    "enroll another one into the machine's store (certlm.msc, Personal, All Tasks, or by "
    "auto-enrollment: certutil -pulse); the agent takes it by itself";

// The party that brings the certificate that comes after this one.
enum class RenewedBy {
  agent,   // it asks the endpoint
  person,  // who replaces files
  store    // that of the machine, for example by auto-enrollment
};

// Components "identity": expired, expiring soon (renewal overdue), fine.
[[nodiscard]] core::HealthFinding identity_finding(const crypto::Certificate& certificate,
                                                   Timestamp wall, RenewedBy renewed_by);

// Renews the identity when it is due. step() from one loop; renew_now() and the views from any
// thread.
class IdentityKeeper {
 public:
  // `session` has a credential.
  IdentityKeeper(const UpstreamSession& session, core::IdentityStore& store);

  // Takes over an identity that was loaded or enrolled and is active already.
  void adopt(const core::Identity& identity, RenewedBy renewed_by);

  Duration step(const StopToken& stop);
  Status renew_now(const StopToken& stop);

  [[nodiscard]] std::optional<Timestamp> renewal_due()
      const;  // Clock::wall(); none: nothing to renew
  [[nodiscard]] std::optional<Timestamp> not_after() const;          // none: no identity
  [[nodiscard]] std::optional<core::HealthFinding> finding() const;  // none: no identity

 private:
  struct Current {
    core::Identity identity;
    Timestamp renew_at;
    RenewedBy renewed_by = RenewedBy::agent;
  };
  [[nodiscard]] std::optional<Current> current() const;
  [[nodiscard]] Result<crypto::PrivateKey> next_key(const crypto::PrivateKey& like);
  [[nodiscard]] Result<core::Identity> ask_for_renewal(const core::Identity& old,
                                                       const StopToken& stop);

  const UpstreamSession& session_;
  core::IdentityStore& store_;
  EndpointPace pace_;  // used by step() alone

  std::mutex renewing_;  // one renewal at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::optional<Current> current_;
};

}  // namespace certconnector::upstream
