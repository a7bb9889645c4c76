// A state, a backup and the stage of a restore, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "agent/store/sqlite/database_in_place.h"
#include "agent/store/sqlite/restored_database.h"
#include "tests/agent/store/sqlite/salvage_fixture.h"

namespace certconnector::store {

inline Bytes serial(const std::string& name) { return Bytes(name.begin(), name.end()); }

class RestoredDatabaseTest : public SalvageTest {
 protected:
  RestoredDatabaseTest() {
    for (const char* name : {"state", "backup", "stage"})
      std::filesystem::create_directory(file(name));
    sources_.state_dir = file("state");
    sources_.backup = file("backup");
    sources_.stage = file("stage");
    sources_.made_at = at(100);
    sources_.now = at(5000);
    sources_.report = [](const SalvageProgress&) { return Status(); };
    SalvageCa ca;
    ca.fingerprint = kCa;
    sources_.cas.push_back(ca);
  }

  // A device's job with its certificate of this serial number; `challenge` is used by it.
  static void issue(OpenStores& stores, const std::string& name, bool settled = true,
                    const std::string& challenge = "") {
    core::NewEnrollment wanted;
    wanted.key = {"phones", "transaction-" + name, crypto::sha256(as_bytes(name))};
    wanted.challenge = challenge;
    wanted.right = crypto::sha256(as_bytes("right-" + name));
    wanted.remember_until = at(100'000);
    wanted.device = "device-" + name;
    wanted.subject = "CN=" + name;
    wanted.job = issue_job("job-" + name);
    wanted.job.job.key.source = core::JobSource::scep;
    wanted.job.job.key.instance = "phones";
    ASSERT_TRUE(stores.enrollments.begin({wanted}, at(0)).ok());
    if (settled) finish(stores, name);
  }

  static void finish(OpenStores& stores, const std::string& name) {
    const auto claimed = stores.jobs.claim({kCa, 1, kOwner, at(1), at(900)});
    ASSERT_TRUE(claimed.ok());
    ASSERT_THAT(*claimed, ::testing::SizeIs(1));
    core::Issued outcome = issued("certificate of " + name);
    outcome.certificate.serial = serial(name);
    auto settlement = stored_jobs::settlement((*claimed)[0].ticket, core::Finish{outcome});
    const crypto::Sha256 key = crypto::sha256(as_bytes(name));
    auto& label = std::get<core::Finish>(settlement.verdict).label;
    std::copy_n(key.begin(), label->key.size(), label->key.begin());
    ASSERT_TRUE(stores.jobs.settle({settlement}, kOwner, at(2)).ok());
  }

  static void revoke(OpenStores& stores, const std::string& name, core::RevocationReason reason) {
    core::RevokeEntry entry;
    entry.id.serial = serial(name);
    entry.revocation = {at(5), reason, {}};
    ASSERT_TRUE(stores.certificates.revoke(kCa, {entry}, at(5)).ok());
  }

  static void publish(OpenStores& stores, std::uint64_t number) {
    ASSERT_EQ(stores.certificates.take_crl_number(kCa, number).value(), number);
    ASSERT_TRUE(stores.certificates.save_crl(kCa, {number, at(6), at(600), 1}).ok());
  }

  static void add_password(OpenStores& stores, const std::string& id) {
    core::PasswordChallenge challenge;
    challenge.id = id;
    challenge.service = "phones";
    challenge.made_by = "a person";
    challenge.made_at = at(0);
    challenge.valid_until = at(9000);
    ASSERT_TRUE(stores.challenges.add(challenge, crypto::sha256(as_bytes(id)), 0).ok());
  }

  static bool is_withdrawn(OpenStores& stores, const std::string& id) {
    const auto passwords = stores.challenges.list(std::nullopt, at(5000)).value();
    for (const core::PasswordRecord& one : passwords) {
      if (one.challenge.id == id) return one.revoked_at.has_value();
    }
    ADD_FAILURE() << "no " << id;
    return false;
  }

  // Whether a challenge opens no second enrollment.
  static bool is_used(OpenStores& stores, const std::string& challenge) {
    core::NewEnrollment wanted;
    wanted.key = {"phones", "another", crypto::sha256(as_bytes("another"))};
    wanted.challenge = challenge;
    wanted.right = crypto::sha256(as_bytes("another"));
    wanted.remember_until = at(100'000);
    wanted.job = issue_job("job-another");
    const auto answers = stores.enrollments.begin({wanted}, at(5001));
    return answers.ok() && std::holds_alternative<core::ChallengeConflict>((*answers)[0]);
  }

  static std::set<std::string> held(OpenStores& stores) {
    std::set<std::string> serials;
    core::CertificateFilter all;
    all.limit = 1000;
    const auto page = stores.certificates.list(all).value();
    for (const core::ListedCertificate& one : page.certificates) {
      const Bytes& octets = one.record.entry.certificate.serial;
      serials.emplace(octets.begin(), octets.end());
    }
    return serials;
  }

  void back_up(OpenStores& stores) {
    std::filesystem::remove(file("backup/agent.db"));
    ASSERT_TRUE(stores.file().backup_to(file("backup/agent.db")).ok());
  }

  // The restored file is the state from then on.
  RestoredDatabase restore() {
    auto restored = make_restored(sources_);
    EXPECT_TRUE(restored.ok()) << restored.error().message();
    if (!restored.ok()) return {};
    EXPECT_TRUE(put_in_place(file("stage/agent.db"), file("state")).ok());
    EXPECT_TRUE(std::filesystem::is_empty(file("stage")));
    EXPECT_TRUE(AgentDatabase::check_file(file("state/agent.db")).ok());
    return std::move(*restored);
  }

  [[nodiscard]] std::string state() const { return file("state/agent.db"); }

  RestoreSources sources_;
};

}  // namespace certconnector::store
