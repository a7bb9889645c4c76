// A whole enrollment at a service of this agent, as a device does it: GetCACaps, GetCACert,
// PKIOperation. The caller revokes the certificate.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/http/message.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::scep {

struct SelfTestPlan {
  std::string service;      // the service's name, for messages
  std::string path;         // of the service
  std::string subject;      // RFC 4514
  std::string challenge;    // a secret; empty: none
  std::string transaction;  // new_test_transaction()
  // DER: the RA certificates of the service. The test shows the challenge to nobody else.
  std::vector<Bytes> ras;
};

struct SelfTestStep {
  std::string what;
  Duration took{0};
};
struct SelfTestReport {
  std::string transaction;
  std::vector<SelfTestStep> steps;  // the finished steps
  std::string failure;              // of the step after them; empty: the device has its certificate
  std::string next;                 // what to do about it
  Bytes serial;                     // of the issued certificate; empty: none was issued
};

// Carries a request to the service. Errors: there was no answer.
using Exchange = std::function<Result<http::Response>(const http::Request& request)>;

// An id that no other transaction has.
[[nodiscard]] std::string new_test_transaction();

[[nodiscard]] SelfTestReport run_self_test(const SelfTestPlan& plan, const Exchange& exchange,
                                           const Clock& clock);

}  // namespace certconnector::scep
