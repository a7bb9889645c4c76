// An embedded CA in its directory, with a fake clock and a certificate store in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/ca/local/ca_files.h"
#include "agent/ca/local/local_backend.h"
#include "agent/ca/local/local_ca.h"
#include "agent/platform/file_key_source.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ca::testing {

class LocalCaFixture : public ::testing::Test {
 protected:
  LocalCaFixture();

  // Makes a root of settings_ and opens it.
  void start(crypto::KeySpec key = {crypto::KeyKind::ec, 256});
  // As after a restart of the agent.
  void reopen();

  core::Submission submission(const crypto::Pkcs10& request);  // under a new key
  // Records what is issued, as the agent does.
  core::SubmitAnswer submit(const core::Submission& one);
  // Submits and expects it to be issued.
  core::Issued issue(const core::Submission& one);
  core::RevokeAnswer revoke(const core::CertificateId& id, core::RevocationReason reason);

  // Runs openssl; `expected` is its exit code. Gives its output.
  static std::string openssl(const std::vector<std::string>& arguments, int expected = 0);
  // Writes a certificate as PEM and verifies it with openssl at the fake clock's time.
  void expect_verifies(const Bytes& certificate);
  std::string text_of(const Bytes& certificate);
  [[nodiscard]] std::string crl_text();
  [[nodiscard]] std::string epoch() const;

  CaBackendParts parts();
  // settings_ as a section of the configuration.
  [[nodiscard]] CaSection section() const;

  certconnector::testing::TempDirectory directory_;
  certconnector::testing::FakeClock clock_;
  certconnector::testing::CapturingLogger log_;
  MemoryCertificateStore certificate_store_;
  platform::FileKeySource keys_;
  LocalCaSettings settings_;
  std::vector<SharedBytes> published_;
  std::vector<std::string> published_names_;
  std::shared_ptr<LocalCa> ca_;

 private:
  unsigned submissions_ = 0;
};

// The failure inside an answer; fails the test when it is another answer.
[[nodiscard]] core::Failed denial(const core::SubmitAnswer& answer);
[[nodiscard]] core::Failed denial(const core::RevokeAnswer& answer);

}  // namespace certconnector::ca::testing
