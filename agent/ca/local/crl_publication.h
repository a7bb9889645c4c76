// Decides when to publish a CRL, and publishes it: coalesced, paced, and durable before anyone
// hears of it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/ca/backend.h"
#include "agent/ca/local/crl_files.h"
#include "agent/ca/local/database_bond.h"
#include "agent/ca/local/local_ca_settings.h"
#include "agent/ca/local/partition_register.h"
#include "agent/ca/local/signer_pool.h"
#include "agent/core/ports/certificate_store.h"

namespace certconnector::ca {

// The CRL's issuer. DER and octets as in CrlFields.
struct CrlIssuer {
  std::string ca_name;
  core::CaFingerprint fingerprint;
  core::CaKeyId ca_key;
  Bytes subject;
  Bytes signature_algorithm;
  Bytes key_id;
  Timestamp not_before;  // of the CA certificate
  PartitionedUrls partitions;
};

// Thread-safe: one publication at a time, others wait for it. CRLs are made on a thread of low
// priority, while the caller waits.
class CrlPublication {
 public:
  CrlPublication(CrlIssuer issuer, const LocalCaSettings& settings, CaBackendParts parts,
                 SignerPool& signers);
  ~CrlPublication();
  CrlPublication(const CrlPublication&) = delete;
  CrlPublication& operator=(const CrlPublication&) = delete;

  // Reads the last CRL of earlier processes. Once, before the other calls.
  Status resume();

  // As core::CrlPublisher. Returns a Clock::now() time; call sooner after a revocation.
  Result<Timestamp> publish_if_due();
  Status publish_now();
  [[nodiscard]] std::optional<core::CrlRecord> last_published() const;
  [[nodiscard]] std::optional<std::string> why_unpublishable() const;
  [[nodiscard]] std::size_t partitions() const { return files_.partitions(); }

 private:
  [[nodiscard]] Result<Timestamp> publish_or_wait();
  // Calls publish_crl() and records a failure.
  Status publish(std::uint64_t generation);
  Status publish_crl(std::uint64_t generation);
  // Makes the CRLs and puts them into their files. Sets the entries of the record.
  Status make(core::CrlRecord& record);
  void set_times(core::CrlRecord& record) const;
  [[nodiscard]] Timestamp expires_after(Timestamp wall) const;
  // Writes which database the CA issues with, and how far that is.
  [[nodiscard]] Status bind();
  void hand_over();
  [[nodiscard]] Timestamp earliest() const;
  [[nodiscard]] Duration until_renewal(Timestamp wall) const;

  const CrlIssuer issuer_;
  const CrlFiles files_;
  const Duration lifetime_;
  const Duration min_interval_;
  const std::string database_file_;
  const CaBackendParts parts_;
  SignerPool& signers_;

  std::mutex publishing_;                    // held while a CRL is made; guards the next six
  std::optional<std::uint64_t> generation_;  // of the last CRL made by this process
  std::optional<Timestamp> last_attempt_;    // Clock::now()
  Duration interval_;                        // between two publications, grows with their cost
  bool file_missing_ = false;
  bool named_ = false;  // the store has the CA's key
  std::optional<DatabaseBond> bound_;
  std::optional<Timestamp> bound_at_;  // Clock::now()

  mutable std::mutex record_mutex_;
  std::optional<core::CrlRecord> record_;
  std::optional<std::string> failure_;
};

}  // namespace certconnector::ca
