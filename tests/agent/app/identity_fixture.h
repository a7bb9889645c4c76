// An AgentIdentity in its folder, and a management endpoint on loopback that gives it certificates
// over real TLS.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <string>

#include "agent/app/agent_identity.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"
#include "tests/support/core/no_witness.h"
#include "tests/support/keys/fake_machine_store.h"
#include "tests/support/temp_directory.h"

namespace certconnector::app {

// How the endpoint answers an enrollment or a renewal.
struct IdentityAnswer {
  certconnector::testing::CertificateSpec spec;
  bool of_another_key = false;
  int status = 200;  // another one: a problem document and no certificate
};

// The script of the endpoint's server. Issues for the key that the agent has stored in `state_dir`.
// Thread-safe.
class IdentityIssuer {
 public:
  explicit IdentityIssuer(const certconnector::testing::TempDirectory& state_dir);

  // From now on.
  void answer_with(IdentityAnswer answer);
  [[nodiscard]] certconnector::testing::Script script();

 private:
  [[nodiscard]] IdentityAnswer answer() const;
  [[nodiscard]] std::string certificates(const IdentityAnswer& answer) const;

  const certconnector::testing::TempDirectory& state_dir_;
  mutable std::mutex mutex_;
  IdentityAnswer answer_;
};

// A client certificate that a test can tell by its subject.
[[nodiscard]] certconnector::testing::CertificateSpec client_named(const std::string& subject);
// Sends its root certificate too, and asks for no client certificate, as onboarding needs it.
[[nodiscard]] certconnector::testing::ScriptedServerSettings enrollment_server();

class IdentityFixture : public ::testing::Test {
 protected:
  static const std::string kSecret;  // of the tokens

  IdentityFixture();

  // A second one stands for a restart of the agent.
  [[nodiscard]] std::unique_ptr<AgentIdentity> make_identity();
  [[nodiscard]] std::string token() const;  // for server_
  [[nodiscard]] Result<core::Identity> enroll(AgentIdentity& identity);
  // Over the connection in use.
  [[nodiscard]] Status call_endpoint();
  // The subject of the certificate that a restart would find; empty: none.
  [[nodiscard]] std::string subject_on_disk();
  [[nodiscard]] bool exists(const std::string& name) const;

  certconnector::testing::TempDirectory folder_;
  certconnector::testing::FakeClock clock_;
  certconnector::testing::NoWitness witness_;
  upstream::EndpointSlot slot_;
  config::Settings settings_;
  certconnector::testing::FakeMachineStore machine_store_;
  IdentityIssuer issuer_{folder_};
  certconnector::testing::ScriptedServer server_{enrollment_server(), issuer_.script()};
  // Takes nobody without a client certificate.
  certconnector::testing::ScriptedServer mutual_{certconnector::testing::good_server(),
                                                 issuer_.script()};
};

}  // namespace certconnector::app
