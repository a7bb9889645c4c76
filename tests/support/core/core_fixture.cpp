#include "tests/support/core/core_fixture.h"

#include <stdexcept>
#include <utility>

#include "common/crypto/pkcs10.h"

namespace certconnector::testing {
namespace {

Bytes make_request() {
  auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256});
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514("CN=dev1,O=Test").value();
  spec.subject_alt_names = {{crypto::GeneralNameKind::dns, "dev1.example"}};
  auto request = crypto::make_pkcs10(key.value(), spec);
  if (!request.ok()) throw std::runtime_error(request.error().message());
  return std::move(request).value();
}

core::Job job_with_key(const std::string& id) {
  core::Job job;
  job.key.instance = "default";
  job.key.id = id;
  job.key.digest = crypto::sha256(as_bytes(id));
  job.ca = kTestCa;
  return job;
}

}  // namespace

const Bytes& test_request() {
  static const Bytes request = make_request();
  return request;
}

core::Job issue_job(const std::string& id) {
  core::Job job = job_with_key(id);
  core::IssueRequest request;
  request.template_name = "device";
  request.pkcs10 = test_request();
  job.request = std::move(request);
  return job;
}

core::Job revoke_job(const std::string& id) {
  core::Job job = job_with_key(id);
  core::RevokeRequest request;
  request.serial = {0x0A, 0x01};
  request.reason = core::RevocationReason::key_compromise;
  job.request = std::move(request);
  return job;
}

core::NewJob leased(core::Job job, const Clock& clock, std::uint64_t number) {
  return {std::move(job), core::Lease{number, clock.now() + std::chrono::minutes(5)}, std::nullopt};
}

CoreFixture::CoreFixture(core::InDoubtPolicy in_doubt, bool with_finder) {
  core::CaPorts ports;
  ports.ca = ca;
  ports.finder = with_finder ? ca.get() : nullptr;
  ports.in_doubt = in_doubt;
  cas.add(std::move(ports));
  operating_mode.set_enrolled(true);
}

void CoreFixture::insert(core::Job job) {
  const auto results = store.insert({leased(std::move(job), clock)}, clock.now());
  if (!results.ok()) throw std::runtime_error(results.error().message());
  scheduler.ready(kTestCa, 1);
}

}  // namespace certconnector::testing
