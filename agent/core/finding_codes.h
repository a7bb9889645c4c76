// What can be wrong with the agent: stable snake_case codes with their level, for the CLI, its
// --json and monitoring. One table; a code is never renamed or reused, and none changes its level.
#pragma once

#include <cstdint>
#include <string_view>

namespace certconnector::core {

// down: something that people or devices rely on does not work now.
// degraded: all of it works, but a person should look before it stops.
enum class HealthLevel : std::uint8_t { ok = 0, degraded = 1, down = 2 };

struct FindingCode {
  std::string_view name;
  HealthLevel level;
  std::string_view meaning;  // for a person who sees the code alone
};

// The list, once: CODE(constant, name, level, meaning).
// A macro, since each line becomes a constant and an entry of a table.
#define CC_FINDING_CODES(CODE)                                                                    \
  CODE(kOk, "ok", ok, "Nothing is wrong with this component.")                                    \
  /* The agent. */                                                                                \
  CODE(kAgentNotRunning, "agent_not_running", down, "No agent answers at the control socket.")    \
  CODE(kPaused, "paused", degraded, "A person has paused the agent: it submits nothing.")         \
  CODE(kDraining, "draining", degraded, "A person lets the agent take no new jobs.")              \
  CODE(kStorageFailing, "storage_failing", down, "The agent cannot write its database.")          \
  CODE(kDatabaseReplaced, "database_replaced", down,                                              \
       "The database file was deleted or replaced while the agent ran.")                          \
  CODE(kDatabaseUnreadable, "database_unreadable", down, "The agent cannot read its database.")   \
  CODE(kClockWrong, "clock_wrong", down,                                                          \
       "The machine's clock is wrong: the agent issues, publishes and purges nothing.")           \
  CODE(kClockDoubtful, "clock_doubtful", degraded, "The machine's clock may be wrong.")           \
  CODE(kLogFailing, "log_failing", degraded, "The agent cannot write its log file.")              \
  CODE(kFolderOpen, "folder_open", degraded, "Others may change a folder of the agent.")          \
  CODE(kReloadRefused, "reload_refused", degraded,                                                \
       "The agent did not take up the configuration file as it is.")                              \
  CODE(kRestartNeeded, "restart_needed", degraded,                                                \
       "A changed setting takes effect only after a restart.")                                    \
  /* Its identity at the management endpoint. */                                                  \
  CODE(kNotEnrolled, "not_enrolled", degraded, "The agent has no client certificate yet.")        \
  CODE(kIdentityExpired, "identity_expired", down, "The agent's client certificate has expired.") \
  CODE(kIdentityNotYetValid, "identity_not_yet_valid", down,                                      \
       "The agent's client certificate is not valid yet: one of the two clocks is wrong.")        \
  CODE(kIdentityUnusable, "identity_unusable", down,                                              \
       "The agent's client certificate or its key cannot be used.")                               \
  CODE(kIdentityNotRenewed, "identity_not_renewed", degraded,                                     \
       "The agent's client certificate should have been renewed by now.")                         \
  /* The management endpoint. */                                                                  \
  CODE(kEndpointDenies, "endpoint_denies", down, "The management endpoint refuses this agent.")   \
  CODE(kEndpointFails, "endpoint_fails", degraded,                                                \
       "The management endpoint cannot be reached, or cannot answer.")                            \
  /* Jobs, and what devices ask for. */                                                           \
  CODE(kJobsFail, "jobs_fail", degraded, "Many jobs of the last hour failed.")                    \
  CODE(kJobsDead, "jobs_dead", degraded, "Jobs of the last 24 hours used up all attempts.")       \
  CODE(kJobsHeld, "jobs_held", degraded, "Jobs wait until a person has looked at the CA.")        \
  CODE(kJobsWithoutCa, "jobs_without_ca", degraded,                                               \
       "Jobs wait for a CA that the agent does not serve.")                                       \
  CODE(kApprovalWaits, "approval_waits", degraded,                                                \
       "A job has waited for a person's approval for more than an hour.")                         \
  CODE(kEnrollmentsRefused, "enrollments_refused", degraded,                                      \
       "Many enrollments of the last hour were denied.")                                          \
  /* A CA and its CRL. */                                                                         \
  CODE(kCaNotSetUp, "ca_not_set_up", degraded, "The CA has no certificate yet.")                  \
  CODE(kCaUnusable, "ca_unusable", down, "The agent cannot load the CA.")                         \
  CODE(kCaFails, "ca_fails", down, "The CA failed its last check.")                               \
  CODE(kCaFailing, "ca_failing", degraded, "The CA did not do its last jobs.")                    \
  CODE(kCaLeftAlone, "ca_left_alone", degraded,                                                   \
       "The CA failed several times in a row, so the agent does not call it for a while.")        \
  CODE(kCaExpired, "ca_expired", down, "The CA certificate has expired.")                         \
  CODE(kCaExpiresSoon, "ca_expires_soon", degraded, "The CA certificate expires soon.")           \
  CODE(kCrlExpired, "crl_expired", down, "The CA's CRL has expired.")                             \
  CODE(kCrlNotPublished, "crl_not_published", degraded, "The agent could not publish the CRL.")   \
  /* What it listens with. */                                                                     \
  CODE(kListenerSilent, "listener_silent", down, "A listener does not answer.")                   \
  CODE(kServerCertificateExpired, "server_certificate_expired", down,                             \
       "The certificate of a TLS listener has expired.")                                          \
  CODE(kServerCertificateExpiresSoon, "server_certificate_expires_soon", degraded,                \
       "The certificate of a TLS listener expires soon.")                                         \
  CODE(kServerCertificateUnfit, "server_certificate_unfit", degraded,                             \
       "Clients will not take the certificate of a TLS listener.")                                \
  /* Renewals of certificates of another party's CA. */                                           \
  CODE(kRevocationUnknown, "revocation_unknown", degraded,                                        \
       "Nothing shows whether certificates that ask for their renewal are revoked.")              \
  /* SCEP services and renewals. */                                                               \
  CODE(kScepCannotEnroll, "scep_cannot_enroll", down, "No device can enroll at the service.")     \
  CODE(kRaNotRenewed, "ra_not_renewed", degraded,                                                 \
       "The service's RA certificate should have been renewed by now.")                           \
  CODE(kScepTrouble, "scep_trouble", degraded, "The service works, with a problem.")              \
  CODE(kChallengesWait, "challenges_wait", degraded,                                              \
       "The management endpoint does not answer about challenges.")                               \
  CODE(kNextCaUnusable, "next_ca_unusable", degraded,                                             \
       "The service cannot announce the successor of its CA.")                                    \
  CODE(kLineageAtLimit, "lineage_at_limit", degraded,                                             \
       "Renewals of a certificate are refused, since too many of its successors are in force.")

namespace finding {
#define CC_DEFINE_CODE(constant, name, level, meaning) \
  inline constexpr FindingCode constant{name, HealthLevel::level, meaning};
CC_FINDING_CODES(CC_DEFINE_CODE)
#undef CC_DEFINE_CODE
}  // namespace finding

#define CC_LIST_CODE(constant, name, level, meaning) finding::constant,
inline constexpr FindingCode kFindingCodes[] = {CC_FINDING_CODES(CC_LIST_CODE)};
#undef CC_LIST_CODE
#undef CC_FINDING_CODES

}  // namespace certconnector::core
