#include "agent/jobs/ca_registry.h"

#include <algorithm>
#include <utility>

namespace certconnector::jobs {

void CaRegistry::add(core::CaPorts authority) {
  auto issuer = std::make_shared<CaHandle>();
  issuer->description = authority.ca->describe();
  issuer->authority = std::move(authority);
  auto subject = crypto::parse_rfc4514(issuer->description.subject);
  if (subject.ok()) issuer->subject = std::move(subject).value();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.issuer->description.fingerprint == issuer->description.fingerprint;
    });
    Entry entry{std::move(issuer), {}};
    if (same == entries_.end()) {
      entries_.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
    ++version_;
  }
  changed_.notify();
}

std::vector<CaRef> CaRegistry::all() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<CaRef> issuers;
  issuers.reserve(entries_.size());
  for (const Entry& entry : entries_) issuers.push_back(entry.issuer);
  return issuers;
}

CaRef CaRegistry::find(const core::CaFingerprint& fingerprint) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.issuer->description.fingerprint == fingerprint) return entry.issuer;
  }
  return nullptr;
}

std::uint64_t CaRegistry::version() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return version_;
}

void CaRegistry::check_all() {
  bool recovered = false;
  for (const CaRef& issuer : all()) {
    const Status status = issuer->authority.ca->check();
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.issuer != issuer) continue;
      recovered = recovered || (status.ok() && !entry.health.healthy);
      entry.health = status.ok() ? CaHealth{} : CaHealth{false, status.error().message()};
    }
  }
  if (recovered) changed_.notify();
}

CaHealth CaRegistry::health(const core::CaFingerprint& fingerprint) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.issuer->description.fingerprint == fingerprint) return entry.health;
  }
  return {false, "This agent does not serve the CA."};
}

}  // namespace certconnector::jobs
