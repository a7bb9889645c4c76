// The certificate store port: the certificates that the agent's jobs brought, of every CA, kept
// until expiry, and the revocations by embedded CAs. A job's certificate comes with its outcome
// (JobStore::settle).
//
// Durable when a call returns, thread-safe, one transaction a call. Errors as in job_store.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/result/result.h"

namespace certconnector::core {

// Under what a certificate is recorded. A key has one certificate.
struct CertificateLabel {
  IdempotencyKey key{};
  std::string template_name;
};

// The holder of a certificate, and the job that brought it, as far as the agent knows. The job may
// be gone.
struct CertificateHolder {
  JobSource source = JobSource::management;
  std::string instance;        // of the job's key; empty: there was no job
  std::string job;             // its id
  std::string transaction_id;  // of the enrollment, as the others below
  std::string challenge;       // id
  std::string device;          // the management system's id of the device
};

struct CertificateEntry {
  IdempotencyKey key{};
  std::string template_name;
  IssuedCertificate certificate;
  CertificateHolder holder = {};
};

// Certificates of which each but the first renewed one before it. Opaque; 0: of no certificate.
struct LineageId {
  std::int64_t value = 0;
  friend bool operator==(LineageId a, LineageId b) { return a.value == b.value; }
};

// A CA by its name and key: SHA-256 over both. All certificates of a CA have the same.
using CaKeyId = std::array<std::uint8_t, 32>;

struct RevocationRecord {
  Timestamp at;
  RevocationReason reason = RevocationReason::unspecified;
  std::optional<Timestamp> invalidity_date;
};

struct CertificateRecord {
  CertificateEntry entry;
  std::optional<RevocationRecord> revocation = std::nullopt;
  LineageId lineage = {};
};

// Names a certificate by serial, or by SHA-1 or SHA-256 thumbprint.
struct CertificateId {
  Bytes serial;
  Bytes thumbprint;
};

// The place of a certificate in a list. Entries rise in the order of recording.
struct CertificateKey {
  std::int64_t entry = 0;
  Timestamp recorded;
};

// Everything that is set must fit (certificate_filter.h).
struct CertificateFilter {
  std::optional<CaFingerprint> ca;
  std::optional<std::string> service;  // of SCEP
  std::optional<std::string> device;
  std::optional<std::string> transaction_id;
  std::optional<std::string> subject;  // its RFC 4514 text holds this, in any ASCII letter case
  std::optional<LineageId> lineage;
  std::optional<Timestamp> since;       // recorded then or later
  std::optional<Timestamp> until;       // recorded then or earlier
  std::optional<CertificateKey> after;  // page: what comes after this one
  std::size_t limit = 50;
};

struct ListedCertificate {
  CertificateKey key;
  CaFingerprint ca;
  CertificateRecord record;
};
struct CertificatePage {
  std::vector<ListedCertificate> certificates;  // newest first
  std::optional<CertificateKey> next;           // there may be more after it
  // Set with `next` when the call had looked at as much as one call may, before the page was full:
  // how far back it has looked.
  std::optional<Timestamp> searched_to;
};

enum class RevokeChange {
  revoked,
  already_revoked,  // `standing` tells since when
  hold_lifted,
  not_held,  // remove_from_crl for a certificate that is not on hold
  unknown    // no such certificate
};
struct RevokeResult {
  RevokeChange change = RevokeChange::unknown;
  std::optional<RevocationRecord> standing;
  Bytes serial;
};
struct RevokeEntry {
  CertificateId id;
  RevocationRecord revocation;
};

struct RevokedSerial {
  Bytes serial;
  RevocationRecord revocation;
};

// The state of the CA's CRL; saved with every publication.
struct CrlRecord {
  std::uint64_t number = 0;
  Timestamp this_update;
  Timestamp next_update;
  std::uint64_t entries = 0;
};

// What another program knew of a CA before the agent had it.
struct EarlierRevocation {
  Bytes serial;
  std::optional<Timestamp> not_after;  // of its certificate; nothing: not known
  RevocationRecord revocation;
};
struct EarlierRevocations {
  std::uint64_t added = 0;  // or changed a hold for good
  std::uint64_t known = 0;  // revoked here before
};
enum class EarlierCertificate {
  added,
  known,
  other  // another certificate of the CA has its serial number; it was not added
};

// Which store it is, and how far it went.
struct StoreMark {
  std::string id;              // names it, and no other: 32 lower-case hex digits, made with it
  std::uint64_t progress = 0;  // rises with each job, certificate and withdrawn challenge
};

class CertificateStore {
 public:
  virtual ~CertificateStore() = default;

  virtual Result<StoreMark> mark() = 0;

  // Ties a CA to its key. When the store knows the key under the fingerprint of another certificate
  // of the CA, and has no certificate, revocation or CRL of this one, then all that it knows is of
  // this one. The former fingerprint goes on to mean the same CA.
  virtual Status name_ca(const CaFingerprint& ca, const CaKeyId& key) = 0;
  virtual Result<bool> knows_ca(const CaFingerprint& ca) = 0;  // anything of it
  // From then on the CA may have issued certificates that the store does not know: it revokes any
  // serial number.
  virtual Status note_earlier_issues(const CaFingerprint& ca) = 0;
  virtual Result<bool> may_have_issued_more(const CaFingerprint& ca) = 0;
  // A revocation that stands is not undone, and keeps its time; the rules are those of revoke().
  // Without a known end a revocation stands for as long as the CA does.
  virtual Result<EarlierRevocations> record_earlier(
      const CaFingerprint& ca, const std::vector<EarlierRevocation>& revocations) = 0;
  // Each with a key that says which certificate it is. In their order.
  virtual Result<std::vector<EarlierCertificate>> record_earlier(
      const CaFingerprint& ca, const std::vector<CertificateEntry>& certificates,
      Timestamp now) = 0;
  // CRL numbers go on beyond this one.
  virtual Status raise_crl_number(const CaFingerprint& ca, std::uint64_t number) = 0;

  // For each key the certificate issued under it, if any.
  virtual Result<std::vector<std::optional<CertificateRecord>>> find(
      const CaFingerprint& ca, const std::vector<IdempotencyKey>& keys) = 0;
  // Records issued certificates. A key that has an entry already keeps it; the answer holds, in
  // order, the entries that stand.
  virtual Result<std::vector<IssuedCertificate>> record(
      const CaFingerprint& ca, const std::vector<CertificateEntry>& entries, Timestamp now) = 0;
  virtual Result<std::optional<CertificateRecord>> find(const CaFingerprint& ca,
                                                        const CertificateId& id) = 0;
  // The same of every CA, newest first: CAs may use one serial number.
  virtual Result<std::vector<ListedCertificate>> find(const CertificateId& id) = 0;
  // Serial numbers of certificates of every CA whose hexadecimal form, of two digits in lower case
  // for each octet, begins with these digits: each once, in their order, the first `max` of them.
  // Cost does not grow with the store.
  virtual Result<std::vector<Bytes>> serials_with_beginning(const std::string& digits,
                                                            std::size_t max) = 0;
  // One page. The cost of a call is bounded, whatever is stored.
  virtual Result<CertificatePage> list(const CertificateFilter& filter) = 0;
  // A step of preparing searches for a part of the subject, of bounded cost. Whether there may be
  // more to do. Lists find the same before it as after it, but look at more.
  virtual Result<bool> index_subjects() = 0;

  // certificate_hold may be followed by another reason, which replaces it. A serial number whose
  // certificate is not known is answered by the revocation that stands, if one does. Otherwise it
  // is unknown, unless the CA may have issued more.
  virtual Result<std::vector<RevokeResult>> revoke(const CaFingerprint& ca,
                                                   const std::vector<RevokeEntry>& entries,
                                                   Timestamp now) = 0;
  // Rises with every change that the next CRL has to show.
  virtual Result<std::uint64_t> revocation_generation(const CaFingerprint& ca) = 0;
  // Every revocation of a certificate that expires after `expires_after`, in serial order or not.
  virtual Status for_each_revoked(const CaFingerprint& ca, Timestamp expires_after,
                                  const std::function<void(const RevokedSerial&)>& visit) = 0;

  virtual Result<std::optional<CrlRecord>> crl(const CaFingerprint& ca) = 0;
  // The last one taken, whether or not there is a CRL with it; 0: none.
  virtual Result<std::uint64_t> last_crl_number(const CaFingerprint& ca) = 0;
  // Takes the next CRL number, durably, before it is used: a number is never used twice, and none
  // is below `least`.
  virtual Result<std::uint64_t> take_crl_number(const CaFingerprint& ca, std::uint64_t least) = 0;
  virtual Status save_crl(const CaFingerprint& ca, const CrlRecord& record) = 0;

  // Removes certificates that expired before `before`; a revoked one only when the last CRL is from
  // after its end. The same with revocations whose certificates are not here, by the end that is
  // recorded: one whose certificate's end is unknown stays. At most `max`; returns how many.
  virtual Result<std::uint64_t> purge_expired(Timestamp before, std::size_t max) = 0;
  virtual Result<std::uint64_t> count(const CaFingerprint& ca) = 0;  // issued and kept; cheap
};

}  // namespace certconnector::core
