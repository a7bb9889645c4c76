// The lineage ledger port: the steps in the life of a lineage that no request causes. It lives
// beside the certificates, enrollments and jobs, so that one transaction looks at all of them.
//
// Durable when a call returns; thread-safe; errors as in job_store.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"

namespace certconnector::core {

// A SCEP service that has the certificates revoked which its renewals replaced.
struct SupersedeTerms {
  std::string service;
  CaFingerprint ca;  // that it serves now
  // After the device got the new certificate; nothing: only once the new one was used.
  std::optional<Duration> after;
};

struct CertificateOfCa {
  CaFingerprint ca;
  Bytes serial;
};

struct SupersededCertificate {
  CaFingerprint ca;
  Bytes serial;
  std::string job;  // id of the job that revokes it
};
struct SupersedeLook {
  std::vector<SupersededCertificate> revoked;
  std::size_t looked_at = 0;
};

// How a lineage stands (agent/enrollment/rules/lineage_rules.h).
struct LineageState {
  LineageId id;
  bool compromised = false;
  std::size_t in_force = 0;
  std::size_t under_way = 0;
  std::size_t lately = 0;   // renewals of the last day
  std::size_t allowed = 0;  // by a person, beyond the limits
};
inline constexpr std::size_t kMostRenewalsAllowed = 1000;  // of one lineage

class LineageLedger {
 public:
  virtual ~LineageLedger() = default;

  // Looks at certificates that were replaced, those that wait the longest first, at most `max`.
  // Makes a job that revokes each that nobody needs any more
  // (agent/enrollment/rules/supersede_rules.h). A certificate has one such job in its life.
  virtual Result<SupersedeLook> supersede(const std::vector<SupersedeTerms>& terms, Timestamp now,
                                          std::size_t max) = 0;
  // The keys of these certificates have signed messages to the agent.
  virtual Status note_use(const std::vector<CertificateOfCa>& used) = 0;

  // Nothing: no certificate of it is known.
  virtual Result<std::optional<LineageState>> find(LineageId lineage, Timestamp now) = 0;
  // A person allows so many renewals more, at most kMostRenewalsAllowed together.
  virtual Result<LineageState> allow(LineageId lineage, std::size_t renewals, Timestamp now) = 0;
  // One of its keys is in other hands: none of it renews any more.
  virtual Status compromise(LineageId lineage) = 0;
};

}  // namespace certconnector::core
