// Arguments and results of the commands about issued certificates, in the manner of messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace certconnector::control_proto {

struct CertsListArguments {
  std::optional<std::string> service;  // of SCEP
  std::optional<std::string> device;
  std::optional<std::string> transaction;  // of SCEP: its id
  std::optional<std::string> subject;      // holds this text, in any letter case
  std::optional<std::string> lineage;      // `lineage` of a certificate
  std::optional<std::string> ca;           // a CA's name in the configuration or its sha256
  std::optional<Timestamp> since;          // recorded then or later
  std::optional<Timestamp> until;          // recorded then or earlier
  std::uint64_t limit = 50;                // 1 to kMaxCertificatesPage
  std::optional<std::string> after;        // `next` of the page before
};
inline constexpr std::uint64_t kMaxCertificatesPage = 500;

struct Certificate {
  std::string serial;
  std::string sha256;
  std::string subject;  // RFC 4514
  std::string ca;       // sha256
  std::string ca_name;
  std::string template_name;  // "template" on the wire
  Timestamp not_before;
  Timestamp not_after;
  std::string status;  // valid, expired, revoked, unknown: its CA does not tell
  std::optional<Timestamp> revoked_at;
  std::string revocation_reason;       // RFC 5280's name
  std::string source;                  // management, scep, local; empty: its job was never known
  std::string instance;                // the endpoint or the SCEP service
  std::string job;                     // id
  std::optional<Timestamp> issued_at;  // when the agent recorded it
  std::string transaction;             // of SCEP, as the next two
  std::string device;
  std::string challenge;
  std::string lineage;      // that of the certificates that renewed it and that it renewed
  std::string certificate;  // base64 DER; certs.show only
};

struct CertsListResult {
  std::vector<Certificate> certificates;  // newest first
  std::optional<std::string> next;        // there may be more: pass it as `after`
  // With `next`: certificates recorded since then were looked at.
  std::optional<Timestamp> searched_to;
};

struct CertArguments {
  // Hex: a serial number, or its beginning (kShortestId), or a SHA-1 or SHA-256 thumbprint.
  std::string id;
  std::optional<std::string> ca;
  bool exact = false;  // the beginning of a serial number does not count
};
struct CertShowResult {
  Certificate certificate;
};

struct CertRevokeArguments {
  std::string serial;  // hex; a SHA-1 or SHA-256 thumbprint as well
  std::optional<std::string> ca;
  std::string reason;  // RFC 5280's name; empty: unspecified
};
struct CertRevokeResult {
  std::string job;    // id
  std::string state;  // of the job: queued when it has to wait
  std::string ca_name;
  std::optional<Timestamp> revoked_at;
  bool already_revoked = false;
};

// Of a lineage, which a certificate of it names: CertArguments, CertRevokeArguments.
struct LineageAllowArguments {
  std::string id;  // as in CertArguments
  std::optional<std::string> ca;
  std::uint64_t count = 1;  // renewals beyond the limits of the service, 1 to kMaxRenewalsAllowed
};
inline constexpr std::uint64_t kMaxRenewalsAllowed = 100;

struct LineageResult {
  std::string lineage;
  bool compromised = false;               // none of it renews any more
  std::uint64_t in_force = 0;             // certificates, neither ended nor revoked
  std::uint64_t under_way = 0;            // renewals
  std::uint64_t renewed_in_a_day = 0;     // certificates of renewals, of the last 24 hours
  std::uint64_t allowed = 0;              // renewals that a person has allowed and nobody used
  std::vector<Certificate> certificates;  // newest first
  bool more = false;                      // there are more certificates
};

struct LineageRevocation {
  std::string serial;
  std::string job;  // id
  std::string state;
  std::optional<Timestamp> revoked_at;
  std::string problem;
};
struct LineageRevokedResult {
  std::string lineage;
  bool compromised = false;
  std::vector<LineageRevocation> revocations;
};

}  // namespace certconnector::control_proto
