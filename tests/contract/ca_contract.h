// The rules for every CA backend, on which agent/jobs relies.
// One suite, run on each implementation, the fake included.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/core/ports/certificate_authority.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::contract {

// A CA that a test has set up, with what belongs to it.
class CaSite {
 public:
  virtual ~CaSite() = default;
  [[nodiscard]] virtual core::CaPorts& ports() = 0;
  // The fake's certificates are not DER.
  [[nodiscard]] virtual bool real_certificates() const { return true; }
  // It denies a template that its configuration has not.
  [[nodiscard]] virtual bool has_templates() const { return true; }
  // As the agent does with the outcome of a job.
  virtual void record(const core::CertificateEntry& entry) = 0;
};

struct CaImplementation {
  std::string name;
  std::unique_ptr<CaSite> (*make)();
};

class CaContract : public ::testing::TestWithParam<CaImplementation> {
 protected:
  CaContract();
  [[nodiscard]] core::CaPorts& ports() { return site_->ports(); }
  // Under the key with this number, for request().
  [[nodiscard]] core::Submission submission(std::uint8_t number) const;
  [[nodiscard]] core::SubmitAnswer submit(const core::Submission& one);
  [[nodiscard]] const crypto::Pkcs10& request() const { return request_; }

  std::unique_ptr<CaSite> site_;

 private:
  crypto::Pkcs10 request_;
};

}  // namespace certconnector::contract
