#include "tests/agent/app/scep_fixture.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

std::string public_key_pem(const crypto::PrivateKey& key) {
  return "-----BEGIN PUBLIC KEY-----\n" + text::to_base64(key.public_key_info()) +
         "\n-----END PUBLIC KEY-----\n";
}

}  // namespace

void ScepFixture::start_static(const std::string& service, const std::string& more) {
  const std::string file = site_.folder.write("challenge", kSecret);
  certconnector::testing::close_to_others(file);
  start("challenge = static\nchallenge_file = " + file + "\n" + service, more);
}

void ScepFixture::start_signed(const std::string& service, const std::string& more) {
  trust({&minting_key_});
  start("challenge = signed\nchallenge_issuer = cloud\nchallenge_keys_file = " +
            site_.folder.file("keys.pem") + "\nreport = no\n" + service,
        more);
}

void ScepFixture::start_asking(const std::string& service, const std::string& more) {
  start("challenge = endpoint\n" + service, more);
}

void ScepFixture::start(const std::string& service, const std::string& more) {
  service_ = service;
  more_ = more;
  agent_ = std::make_unique<RunningAgent>(site_, configuration());
  agent_->create_ca();
}

std::string ScepFixture::configuration() const {
  return "[http]\nlisten = 127.0.0.1:0\n[scep.phones]\n" + service_ + "\n" + more_;
}

void ScepFixture::restart() {
  agent_.reset();
  agent_ = std::make_unique<RunningAgent>(site_, configuration());
}

void ScepFixture::restart_with(const std::string& lines) {
  service_ += "\n" + lines;
  restart();
}

void ScepFixture::reload() {
  const Status configured = agent_->scep_module().configure(site_.settings(configuration()));
  if (!configured.ok()) throw std::runtime_error(configured.error().message());
}

void ScepFixture::trust(const std::vector<const crypto::PrivateKey*>& keys) {
  std::string text;
  for (const crypto::PrivateKey* key : keys) text += public_key_pem(*key);
  (void)site_.folder.write("keys.pem", text);
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

void ScepFixture::revoke(const crypto::Certificate& certificate, core::RevocationReason reason) {
  const auto services = agent_->scep_module().services();
  const jobs::CaRef issuer = agent_->cas().find_ca(services.front().ca);
  if (!issuer) throw std::runtime_error("the CA of the service is not served");
  core::Job revocation;
  revocation.key.source = core::JobSource::local;
  revocation.key.id = "revoke-" + text::to_hex(certificate.serial());
  revocation.ca = issuer->description.fingerprint;
  core::RevokeRequest revoke;
  revoke.serial = certificate.serial();
  revoke.reason = reason;
  revocation.request = revoke;
  core::NewJob job;
  job.job = std::move(revocation);
  job.report = false;
  const auto done = agent_->local_jobs().run_job(job, std::chrono::seconds(20));
  if (!done.ok() || !done->outcome || !std::holds_alternative<core::Revoked>(*done->outcome)) {
    throw std::runtime_error("the certificate was not revoked");
  }
}

std::string ScepFixture::code_of(const std::string& transaction_id) {
  const core::JobRecord job = job_of(transaction_id);
  const auto* failed = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  return failed == nullptr ? std::string() : failed->code;
}

core::JobRecord ScepFixture::job_of(const std::string& transaction_id) {
  core::EnrollmentFilter filter;
  filter.transaction_id = transaction_id;
  // The agent records a denial after the answer.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const auto found = agent_->enrollments().list(filter);
    if (found.ok() && found->size() == 1) {
      return agent_->jobs().find(found->front().job).value().front();
    }
    if (std::chrono::steady_clock::now() > patience) {
      throw std::runtime_error("not one enrollment of transaction " + transaction_id);
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
