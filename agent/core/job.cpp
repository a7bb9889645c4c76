#include "agent/core/job.h"

#include <algorithm>
#include <utility>

namespace certconnector::core {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 9> kStateNames{{
    {JobState::queued, "queued"},
    {JobState::running, "running"},
    {JobState::waiting, "waiting"},
    {JobState::held, "held"},
    {JobState::succeeded, "succeeded"},
    {JobState::failed, "failed"},
    {JobState::dead, "dead"},
    {JobState::canceled, "canceled"},
    {JobState::reported, "reported"},
}};

// The length goes before each text, so that no two keys run together to the same octets.
void append(Bytes& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out.push_back(static_cast<std::uint8_t>((size >> shift) & 0xFFU));
  }
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

IdempotencyKey idempotency_key(const JobKey& key) {
  Bytes material;
  material.reserve(key.instance.size() + key.id.size() + key.digest.size() + 24);
  append(material, to_string(key.source));
  append(material, key.instance);
  append(material, key.id);
  material.insert(material.end(), key.digest.begin(), key.digest.end());
  const crypto::Sha256 whole = crypto::sha256(material);
  IdempotencyKey head{};
  std::copy_n(whole.begin(), head.size(), head.begin());
  return head;
}

std::optional<RevocationReason> revocation_reason(std::int64_t value) {
  if (value < 0 || value > 10 || value == 7) return std::nullopt;
  return static_cast<RevocationReason>(value);
}

std::string_view to_string(RevocationReason reason) {
  switch (reason) {
    case RevocationReason::unspecified:
      return "unspecified";
    case RevocationReason::key_compromise:
      return "keyCompromise";
    case RevocationReason::ca_compromise:
      return "cACompromise";
    case RevocationReason::affiliation_changed:
      return "affiliationChanged";
    case RevocationReason::superseded:
      return "superseded";
    case RevocationReason::cessation_of_operation:
      return "cessationOfOperation";
    case RevocationReason::certificate_hold:
      return "certificateHold";
    case RevocationReason::remove_from_crl:
      return "removeFromCRL";
    case RevocationReason::privilege_withdrawn:
      return "privilegeWithdrawn";
    case RevocationReason::aa_compromise:
      return "aACompromise";
  }
  return "unknown";
}

std::string_view to_string(JobState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "unknown";
}

std::optional<JobState> job_state(std::string_view name) {
  for (const auto& [state, known] : kStateNames) {
    if (known == name) return state;
  }
  return std::nullopt;
}

std::string_view to_string(JobType type) { return type == JobType::issue ? "issue" : "revoke"; }

std::string_view to_string(JobSource source) {
  switch (source) {
    case JobSource::management:
      return "management";
    case JobSource::local:
      return "local";
    case JobSource::scep:
      return "scep";
  }
  return "unknown";
}

}  // namespace certconnector::core
