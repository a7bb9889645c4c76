#include "tests/bench/store_records.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/text/hex.h"

namespace certconnector::bench {
namespace {

std::string uuid(Octets& octets) {
  std::string text = text::to_hex(octets(16));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
  return text;
}

}  // namespace

Bytes Octets::operator()(std::size_t count) {
  Bytes out(count);
  for (std::size_t i = 0; i < count; i += 8) {
    std::uint64_t word = next();
    for (std::size_t k = i; k < std::min(i + 8, count); ++k, word >>= 8U) {
      out[k] = static_cast<std::uint8_t>(word);
    }
  }
  return out;
}

std::uint64_t Octets::next() {
  state_ ^= state_ << 13U;
  state_ ^= state_ >> 7U;
  state_ ^= state_ << 17U;
  return state_;
}

std::vector<core::NewJob> new_jobs(Octets& octets, const core::CaFingerprint& ca,
                                   std::size_t count) {
  std::vector<core::NewJob> jobs(count);
  for (core::NewJob& job : jobs) {
    job.job.key.instance = "default";
    job.job.key.id = uuid(octets);
    const Bytes digest = octets(32);
    std::copy(digest.begin(), digest.end(), job.job.key.digest.begin());
    job.job.ca = ca;
    job.job.correlation_id = uuid(octets);
    core::IssueRequest request;
    request.template_name = "device";
    request.pkcs10 = octets(kRequestSize);
    job.job.request = std::move(request);
    job.job.deadline = kStoreNow + std::chrono::hours(24 * 3650);
    job.lease = core::Lease{1, kStoreNow + std::chrono::minutes(5)};
  }
  return jobs;
}

std::vector<core::CertificateEntry> new_certificates(Octets& octets, std::size_t count) {
  std::vector<core::CertificateEntry> entries(count);
  for (core::CertificateEntry& entry : entries) {
    const Bytes key = octets(entry.key.size());
    std::copy(key.begin(), key.end(), entry.key.begin());
    entry.template_name = "device";
    entry.certificate = {octets(kCertificateSize), octets(16), kStoreNow,
                         kStoreNow + std::chrono::hours(8760)};
  }
  return entries;
}

core::ClaimQuery claim_query(const core::CaFingerprint& ca, std::size_t max) {
  return {ca, max, "bench", kStoreNow + std::chrono::seconds(1),
          kStoreNow + std::chrono::minutes(5)};
}

core::Settlement issued(Octets& octets, const core::JobTicket& ticket) {
  core::Issued outcome;
  outcome.certificate = {octets(kCertificateSize), octets(16), kStoreNow,
                         kStoreNow + std::chrono::seconds(2)};
  core::CertificateLabel label;
  const Bytes key = octets(label.key.size());
  std::copy(key.begin(), key.end(), label.key.begin());
  label.template_name = "device";
  return {ticket, core::Finish{std::move(outcome), std::move(label)}};
}

}  // namespace certconnector::bench
