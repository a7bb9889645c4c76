// An agent with one SCEP service, and whatever challenge the test wants.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proto/challenge/signed_challenge.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/agent/app/scep_device.h"

namespace certconnector::app {

class ScepFixture : public ::testing::Test {
 protected:
  static constexpr const char* kSecret = "laboratory";

  // With one password for all.
  void start_static(const std::string& service = "", const std::string& more = "");
  // With challenges that mint() makes.
  void start_signed(const std::string& service = "", const std::string& more = "");
  // With challenges that site_.challenges judges.
  void start_asking(const std::string& service = "", const std::string& more = "");
  // The agent ends and begins again, on the same files.
  void restart();

  // Claims that fit enrollment(): CN=phone,O=Test.
  [[nodiscard]] static challenge::Claims claims(const std::string& id = "c1");
  [[nodiscard]] std::string mint(const challenge::Claims& claims) const;

  [[nodiscard]] ScepClient client() { return ScepClient(agent_->scep()); }
  [[nodiscard]] RunningAgent& agent() { return *agent_; }
  // The job of a transaction, which there must be once.
  [[nodiscard]] core::JobRecord job_of(const std::string& transaction_id);
  [[nodiscard]] std::size_t certificates_issued();  // to devices

  Site site_;
  crypto::PrivateKey minting_key_ =
      crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();

 private:
  void start(const std::string& service, const std::string& more);

  std::string configuration_;
  std::unique_ptr<RunningAgent> agent_;
};

}  // namespace certconnector::app
