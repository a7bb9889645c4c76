#include "tests/agent/app/scep_fixture.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "common/text/base64.h"

namespace certconnector::app {
namespace {

std::string public_key_pem(const crypto::PrivateKey& key) {
  return "-----BEGIN PUBLIC KEY-----\n" + text::to_base64(key.public_key_info()) +
         "\n-----END PUBLIC KEY-----\n";
}

}  // namespace

void ScepFixture::start_static(const std::string& service, const std::string& more) {
  const std::string file = site_.folder.write("challenge", kSecret);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  start("challenge = static\nchallenge_file = " + file + "\n" + service, more);
}

void ScepFixture::start_signed(const std::string& service, const std::string& more) {
  const std::string file = site_.folder.write("keys.pem", public_key_pem(minting_key_));
  start("challenge = signed\nchallenge_issuer = cloud\nchallenge_keys_file = " + file +
            "\nreport = no\n" + service,
        more);
}

void ScepFixture::start_asking(const std::string& service, const std::string& more) {
  start("challenge = endpoint\n" + service, more);
}

void ScepFixture::start(const std::string& service, const std::string& more) {
  configuration_ = "[http]\nlisten = 127.0.0.1:0\n[scep.phones]\n" + service + "\n" + more;
  agent_ = std::make_unique<RunningAgent>(site_, configuration_);
  agent_->create_ca();
}

void ScepFixture::restart() {
  agent_.reset();
  agent_ = std::make_unique<RunningAgent>(site_, configuration_);
}

challenge::Claims ScepFixture::claims(const std::string& id) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(SystemClock().wall());
  challenge::Claims claims;
  claims.issuer = "cloud";
  claims.audience = "phones";
  claims.id = id;
  claims.not_before = now - std::chrono::minutes(5);
  claims.expires = now + std::chrono::hours(1);
  claims.device = "device-7";
  claims.subject = "CN=phone,O=Test";
  return claims;
}

std::string ScepFixture::mint(const challenge::Claims& claims) const {
  auto minted = challenge::mint(claims, minting_key_);
  if (!minted.ok()) throw std::runtime_error(minted.error().message());
  return std::move(*minted);
}

core::JobRecord ScepFixture::job_of(const std::string& transaction_id) {
  core::EnrollmentFilter filter;
  filter.transaction_id = transaction_id;
  // A refusal is noted after it was answered.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const auto found = agent_->enrollments().list(filter);
    if (found.ok() && found->size() == 1) {
      return agent_->jobs().find(found->front().job).value().front();
    }
    if (std::chrono::steady_clock::now() > patience) {
      throw std::runtime_error("not one enrolment of transaction " + transaction_id);
    }
    std::this_thread::yield();
  }
}

std::size_t ScepFixture::certificates_issued() {
  std::size_t issued = 0;
  core::JobFilter filter;
  filter.limit = 1000;
  const auto jobs = agent_->jobs().list(filter);
  for (const core::JobRecord& job : jobs.value()) {
    const bool good = job.outcome && std::holds_alternative<core::Issued>(*job.outcome);
    if (job.job.key.source == core::JobSource::scep && good) ++issued;
  }
  return issued;
}

}  // namespace certconnector::app
