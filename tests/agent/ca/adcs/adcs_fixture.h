// A CA of the model, as a job meets it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "agent/ca/adcs/adcs_ca.h"
#include "common/crypto/key.h"
#include "tests/support/adcs/adcs_model.h"

namespace certconnector::ca::testing {

inline const core::CallContext kPatient;

[[nodiscard]] inline crypto::Pkcs10 make_request() {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256});
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514("CN=device,O=Corp").value();
  return crypto::Pkcs10::parse(crypto::make_pkcs10(key.value(), spec).value()).value();
}

class AdcsFixture : public ::testing::Test {
 protected:
  AdcsFixture() : request_(make_request()) {}

  // The templates "device", which the CA offers, and "later", which it does not.
  void open(std::unique_ptr<CertificateServices> services) {
    AdcsSettings settings;
    settings.config_string = AdcsModel::kConfigString;
    settings.ca_templates = "device=CorpDevice, later=CorpLater";
    CaSection section;
    section.name = "corp";
    section.backend = "adcs";
    for (const char* name : {"device", "later"}) {
      TemplateSettings one;
      one.name = name;
      section.templates.push_back(one);
    }
    ca_ = std::make_unique<AdcsCa>(section, settings, model_.chain(), std::move(services), clock_);
  }

  core::Submission submission(const std::string& template_name = "device") {
    core::Submission one;
    one.key[0] = 7;
    one.request = &request_;
    one.template_name = template_name;
    return one;
  }
  core::SubmitAnswer submit(const core::Submission& one, const core::CallContext& call = kPatient) {
    return ca_->submit({one}, call).at(0);
  }
  core::RevokeAnswer revoke(Bytes serial, core::RevocationReason reason) {
    core::Revocation one;
    one.certificate.serial = std::move(serial);
    one.reason = reason;
    return ca_->revoke({one}, kPatient).at(0);
  }
  core::SubmitAnswer retrieve(const std::string& request_id) {
    return ca_->retrieve(request_id, submission().key, kPatient);
  }
  Result<std::optional<core::Issued>> find() {
    return ca_->find(submission().key, request_.public_key_info(), {}, kPatient);
  }
  Bytes issue() { return std::get<core::Issued>(submit(submission())).certificate.serial; }

  AdcsModel model_;
  SystemClock clock_;
  crypto::Pkcs10 request_;
  std::unique_ptr<AdcsCa> ca_;
};

}  // namespace certconnector::ca::testing
