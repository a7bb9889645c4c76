#include "tests/agent/scep/ra_keeper_fixture.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "common/crypto/pkcs10.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::scep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOwner = "the-ca";

std::vector<core::ClaimedJob> claim_all(core::JobStore& store, const ServedCa& ca, Timestamp now) {
  return store.claim({ca.fingerprint, 10, kOwner, now, now + std::chrono::minutes(1)}).value();
}

}  // namespace

void RaKeeperFixture::restart() {
  keeper_ = std::make_unique<RaKeeper>(
      settings_, folder_.file("phones"), RaParts{keys_, store_, intake_, clock_, logger_},
      [this](RaSets sets) { changes_.push_back(std::move(sets)); });
  keeper_->load();
}

Duration RaKeeperFixture::step_with(const ServedCa& ca) {
  return keeper_->step(RaCa{ca.fingerprint, ca.credential.certificate.der()});
}

void RaKeeperFixture::obtain_from(const ServedCa& ca) {
  const std::size_t before = changes_.size();
  for (int i = 0; i < 10 && changes_.size() == before; ++i) {
    static_cast<void>(step_with(ca));
    issue(ca);
  }
  EXPECT_GT(changes_.size(), before) << keeper_->problem();
}

std::size_t RaKeeperFixture::settle(const ServedCa& ca, const core::Verdict& verdict) {
  const auto claimed = claim_all(store_, ca, clock_.now());
  for (const core::ClaimedJob& job : claimed) {
    EXPECT_TRUE(
        store_.settle({stored_jobs::settlement(job.ticket, verdict)}, kOwner, clock_.now()).ok());
  }
  return claimed.size();
}

std::size_t RaKeeperFixture::issue(const ServedCa& ca) {
  const auto claimed = claim_all(store_, ca, clock_.now());
  for (const core::ClaimedJob& job : claimed) {
    const core::Finish finish{issued(ca, job.job)};
    EXPECT_TRUE(
        store_.settle({stored_jobs::settlement(job.ticket, finish)}, kOwner, clock_.now()).ok());
  }
  return claimed.size();
}

core::Outcome RaKeeperFixture::issued(const ServedCa& ca, const core::Job& job) {
  testing::CertificateSpec spec;
  spec.subject = settings_.subject;
  spec.not_before = clock_.wall() - backdate_;
  spec.not_after = std::min(clock_.wall() + life_, ca.credential.certificate.not_after());
  const auto key = key_of(std::get<core::IssueRequest>(job.request).pkcs10);
  const auto certificate = testing::issue_for_key(ca.credential, spec, key);
  core::Issued out;
  out.certificate = {certificate.der(), certificate.serial(), spec.not_before, spec.not_after};
  return out;
}

crypto::PrivateKey RaKeeperFixture::key_of(const Bytes& pkcs10) {
  const auto request = crypto::Pkcs10::parse(pkcs10);
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    const std::string path = entry.path().string();
    if (path.find(".key.pem") == std::string::npos) continue;
    auto key = keys_.open("file:" + path);
    if (key.ok() && request->public_key_info() == ByteView(key->public_key_info())) {
      return std::move(*key);
    }
  }
  throw std::runtime_error("no key of the request is there");
}

std::vector<core::JobRecord> RaKeeperFixture::jobs() {
  auto all = store_.list({}).value();
  std::reverse(all.begin(), all.end());
  return all;
}

bool RaKeeperFixture::there(const std::string& file) const {
  return fs::exists(folder_.path() / "phones" / file);
}

}  // namespace certconnector::scep
