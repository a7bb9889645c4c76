// An RA keeper on its folder, a job store in memory, and a CA that does the jobs when a test says
// so.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/platform/file_key_source.h"
#include "agent/scep/ra_keeper.h"
#include "tests/agent/scep/served_ca.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/core/recording_work.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::scep {

class RaKeeperFixture : public ::testing::Test {
 protected:
  static constexpr Duration kSoon = std::chrono::seconds(5);
  static constexpr Duration kAfterFailure = std::chrono::minutes(10);
  static constexpr Duration kLongestWait = std::chrono::hours(1);
  static constexpr Duration kLife = std::chrono::hours(24 * 90);  // of an RA certificate

  RaKeeperFixture() { restart(); }

  // Like the agent's: a keeper of settings_ on the existing files.
  void restart();
  [[nodiscard]] Duration step() { return step_with(ca_); }
  [[nodiscard]] Duration step_with(const ServedCa& ca);
  // Steps and lets the CA do its jobs, until there is a new set.
  void obtain() { obtain_from(ca_); }
  void obtain_from(const ServedCa& ca);

  // Claims the jobs of the CA and ends each as the caller says. Returns their number.
  std::size_t settle(const ServedCa& ca, const core::Verdict& verdict);
  std::size_t issue(const ServedCa& ca);

  [[nodiscard]] std::vector<core::JobRecord> jobs();  // oldest first
  [[nodiscard]] RaSets sets() const { return changes_.empty() ? RaSets() : changes_.back(); }
  [[nodiscard]] bool there(const std::string& file) const;

  testing::TempDirectory folder_;
  testing::FakeClock clock_;
  testing::CapturingLogger logger_;
  testing::FakeJobStore store_;
  platform::FileKeySource keys_;
  ServedCa ca_;
  RaSettings settings_{"phones", "CN=phones RA,O=Test", "scep-ra", 2048, false};
  Duration life_ = kLife;  // of the CA's certificates, unless the CA ends sooner
  Duration backdate_{};    // by which the CA dates it back
  jobs::JobIntake intake_{store_, clock_};
  testing::RecordingWork work_{intake_};
  std::vector<RaSets> changes_;
  std::unique_ptr<RaKeeper> keeper_;

 private:
  [[nodiscard]] core::Outcome issued(const ServedCa& ca, const core::Job& job);
  [[nodiscard]] crypto::PrivateKey key_of(const Bytes& pkcs10);
};

}  // namespace certconnector::scep
