#include "tests/support/keys/fake_machine_store.h"

#include "agent/keys/errors.h"
#include "common/crypto/remote_key.h"
#include "tests/support/software_holder.h"

namespace certconnector::testing {

void FakeMachineStore::put(const Credential& credential, FakeKey key,
                           std::vector<crypto::Certificate> issuers) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({credential, key, std::move(issuers)});
}

void FakeMachineStore::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

int FakeMachineStore::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

Result<std::size_t> FakeMachineStore::choose(const keys::CertificateWanted& wanted,
                                             Timestamp now) const {
  std::vector<keys::StoredCertificate> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    all.push_back({entry.credential.certificate, entry.key.there});
  }
  return keys::choose_certificate(all, wanted, now);
}

Result<crypto::Certificate> FakeMachineStore::find(const keys::CertificateWanted& wanted,
                                                   Timestamp now) const {
  const std::lock_guard lock(mutex_);
  CC_TRY_ASSIGN(const std::size_t chosen, choose(wanted, now));
  return entries_[chosen].credential.certificate;
}

Result<core::Identity> FakeMachineStore::open(const keys::CertificateWanted& wanted,
                                              Timestamp now) const {
  const std::lock_guard lock(mutex_);
  CC_TRY_ASSIGN(const std::size_t chosen, choose(wanted, now));
  const Entry& entry = entries_[chosen];
  ++opened_;
  if (!entry.key.signs) {
    return Error(keys::KeysErrc::no_key, ErrorKind::transient,
                 "the key does not sign; grant the agent's account the permission Read");
  }
  const crypto::Certificate& certificate = entry.credential.certificate;
  CC_TRY_ASSIGN(auto key, crypto::use_remote_key(certificate.public_key_info(),
                                                 std::make_shared<const SoftwareHolder>(
                                                     entry.credential.key, entry.key.knows_pss)));
  core::Identity identity{std::move(key), {certificate}};
  identity.chain.insert(identity.chain.end(), entry.issuers.begin(), entry.issuers.end());
  return identity;
}

}  // namespace certconnector::testing
