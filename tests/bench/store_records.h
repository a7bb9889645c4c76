// Jobs and certificates of the size that real ones have, for the benchmarks of the store.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/job_store.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::bench {

inline constexpr std::size_t kStoreBatch = 50;         // jobs in one transaction
inline constexpr std::size_t kFillBatch = 2000;        // of those that a store is filled with
inline constexpr std::size_t kRequestSize = 900;       // PKCS#10 of an RSA-2048 key
inline constexpr std::size_t kCertificateSize = 1100;  // the certificate for it

// A fixed moment, so that every run stores the same.
inline const Timestamp kStoreNow = from_millis(1'790'000'000'000);

// Pseudo-random octets, the same for the same seed, which is not 0.
class Octets {
 public:
  explicit Octets(std::uint64_t seed = 0x9E3779B97F4A7C15U) : state_(seed) {}
  Bytes operator()(std::size_t count);

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

// Issue jobs as a poll brings them.
[[nodiscard]] std::vector<core::NewJob> new_jobs(Octets& octets, const core::CaFingerprint& ca,
                                                 std::size_t count);
// Certificates as the embedded CA records them.
[[nodiscard]] std::vector<core::CertificateEntry> new_certificates(Octets& octets,
                                                                   std::size_t count);
// A claim of at most `max` jobs of this CA for the owner "bench".
[[nodiscard]] core::ClaimQuery claim_query(const core::CaFingerprint& ca, std::size_t max);
// The settlement of a claimed job with a certificate.
[[nodiscard]] core::Settlement issued(Octets& octets, const core::JobTicket& ticket);

}  // namespace certconnector::bench
