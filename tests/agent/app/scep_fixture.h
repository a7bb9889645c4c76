// An agent with one SCEP service, and whatever challenge the test wants.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proto/challenge/signed_challenge.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/agent/app/scep_device.h"

namespace certconnector::app {

class ScepFixture : public ::testing::Test {
 protected:
  static constexpr const char* kSecret = "laboratory";
  // failInfo, RFC 8894 section 3.2.1.4.2.
  static constexpr const char* kBadMessageCheck = "1";
  static constexpr const char* kBadAlg = "0";
  static constexpr const char* kBadRequest = "2";
  static constexpr const char* kBadCertId = "4";

  // With one password for all.
  void start_static(const std::string& service = "", const std::string& more = "");
  // With challenges that mint() makes.
  void start_signed(const std::string& service = "", const std::string& more = "");
  // With challenges that site_.challenges validates.
  void start_asking(const std::string& service = "", const std::string& more = "");
  // The agent ends and begins again, on the same files.
  void restart();
  // The same, with these lines more in the service's section from now on.
  void restart_with(const std::string& lines);
  // As SIGHUP does it, with files that may have changed.
  void reload();
  // The keys that challenges may be signed with; for start_signed(), and for what follows.
  void trust(const std::vector<const crypto::PrivateKey*>& keys);

  // Claims that fit enrollment(): CN=phone,O=Test.
  [[nodiscard]] static challenge::Claims claims(const std::string& id = "c1");
  [[nodiscard]] std::string mint(const challenge::Claims& claims) const;
  // The CA has revoked it when this returns.
  void revoke(const crypto::Certificate& certificate,
              core::RevocationReason reason = core::RevocationReason::key_compromise);

  [[nodiscard]] ScepClient client() { return ScepClient(agent_->scep()); }
  [[nodiscard]] RunningAgent& agent() { return *agent_; }
  // The job of a transaction, which there must be once.
  [[nodiscard]] core::JobRecord job_of(const std::string& transaction_id);
  // Why it failed; empty: no failure.
  [[nodiscard]] std::string code_of(const std::string& transaction_id);
  [[nodiscard]] std::size_t certificates_issued();  // to devices

  Site site_;
  crypto::PrivateKey minting_key_ =
      crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();

 private:
  void start(const std::string& service, const std::string& more);

  [[nodiscard]] std::string configuration() const;

  std::string service_;
  std::string more_;
  std::unique_ptr<RunningAgent> agent_;
};

}  // namespace certconnector::app
