#include "agent/jobs/ca_registry.h"

#include <algorithm>
#include <utility>

#include "common/time/rfc3339.h"

namespace certconnector::jobs {

void SharedReservedNames::add(const core::ReservedNames& more) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto names = std::make_shared<core::ReservedNames>(*names_);
  names->add(more);
  names_ = std::move(names);
}

std::optional<core::Failed> SharedReservedNames::why_not(ByteView subject) const {
  std::shared_ptr<const core::ReservedNames> names;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    names = names_;
  }
  return names->why_not(subject);
}

CaRef CaRegistry::add(core::CaPorts ports) {
  auto handle = std::make_shared<CaHandle>();
  handle->description = ports.ca->describe();
  handle->ports = std::move(ports);
  auto subject = crypto::parse_rfc4514(handle->description.subject);
  if (subject.ok()) handle->subject = std::move(subject).value();
  core::ReservedNames reserved;
  reserved.add(handle->description.subject);
  for (const Bytes& issuer : handle->ports.ca->chain()) reserved.add_subject_of(issuer);
  for (const std::string& name : handle->ports.ra_names) reserved.add(name);
  reserved_->add(reserved);
  handle->reserved = reserved_;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.handle->description.fingerprint == handle->description.fingerprint;
    });
    Entry entry{handle, {}, {}};
    if (same == entries_.end()) {
      entries_.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
    ++version_;
  }
  changed_.notify();
  return handle;
}

std::vector<CaRef> CaRegistry::all() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<CaRef> handles;
  handles.reserve(entries_.size());
  for (const Entry& entry : entries_) handles.push_back(entry.handle);
  return handles;
}

CaRef CaRegistry::find(const core::CaFingerprint& fingerprint) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.handle->description.fingerprint == fingerprint) return entry.handle;
  }
  return nullptr;
}

std::uint64_t CaRegistry::version() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return version_;
}

void CaRegistry::check_began(const CaRef& handle, Timestamp now, Timestamp deadline) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.handle == handle) entry.check = RunningCheck{now, deadline};
  }
}

void CaRegistry::check_ended(const CaRef& handle, const Status& status) {
  bool recovered = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.handle != handle) continue;
      recovered = status.ok() && !entry.health.healthy;
      entry.health = status.ok() ? CaHealth{} : CaHealth{false, status.error().message()};
      entry.check.reset();
    }
  }
  if (recovered) changed_.notify();
}

void CaRegistry::check_cut_off(const CaRef& handle) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.handle == handle) entry.check.reset();
  }
}

void CaRegistry::remember(const core::CaFingerprint& fingerprint, const CaHealth& health) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.handle->description.fingerprint == fingerprint) entry.health = health;
  }
}

CaHealth CaRegistry::health(const core::CaFingerprint& fingerprint, Timestamp now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.handle->description.fingerprint != fingerprint) continue;
    if (!entry.check || now <= entry.check->deadline) return entry.health;
    return {false, "the CA has not answered since " + to_rfc3339(entry.check->began)};
  }
  return {false, "This agent does not serve the CA."};
}

}  // namespace certconnector::jobs
