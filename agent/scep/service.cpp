#include "agent/scep/service.h"

#include "common/crypto/signed_data.h"

namespace certconnector::scep {
namespace {

// RFC 8894 section 3.5.2. Some clients use AES only if SHA-384 is in the list. The list has only
// what is on.
std::string capabilities_of(const ServiceSettings& settings, bool announces_next) {
  std::string text = "AES\nSHA-256\nSHA-384\nSHA-512\nPOSTPKIOperation\nSCEPStandard\n";
  if (settings.renewal.allowed) text += "Renewal\n";
  if (settings.legacy.triple_des) text += "DES3\n";
  if (settings.legacy.sha1) text += "SHA-1\n";
  if (announces_next) text += "GetNextCACert\n";
  return text;
}

// The RA first, then the CA and its issuers: RFC 8894 section 4.2.1.2.
Bytes certificates_of(const RaSet& ra, const std::vector<Bytes>& chain) {
  std::vector<ByteView> all{ra.signing->certificate().der()};
  if (!ra.is_one()) all.emplace_back(ra.encryption->certificate().der());
  all.insert(all.end(), chain.begin(), chain.end());
  return crypto::make_certificates_only(all, {});
}

bool is_of(const RaSet& ra, const std::vector<Bytes>& chain) {
  const auto ca = crypto::Certificate::from_der(chain.front());
  return ca.ok() && ra.is_of(*ca);
}

std::shared_ptr<const enrollment::EnrollmentPolicy> policy_of(
    const ServiceSettings& settings, std::shared_ptr<const enrollment::ChallengeCheck> check) {
  enrollment::EnrollmentPolicy policy;
  policy.check = std::move(check);
  policy.renewal = settings.renewal;
  policy.foreign_signer = settings.foreign_signer;
  policy.report = settings.report;
  policy.terms = settings.terms;
  policy.job_deadline = settings.job_deadline;
  return std::make_shared<const enrollment::EnrollmentPolicy>(std::move(policy));
}

}  // namespace

Service::Service(ServiceSettings settings, std::shared_ptr<const enrollment::ChallengeCheck> check)
    : settings_(std::move(settings)), policy_(policy_of(settings_, std::move(check))) {
  say_capabilities();
}

void Service::set_issuer(jobs::CaRef issuer) {
  const std::lock_guard lock(mutex_);
  issuer_ = std::move(issuer);
  publish();
  announce_next();
}

jobs::CaRef Service::issuer() const {
  const std::lock_guard lock(mutex_);
  return issuer_;
}

void Service::set_previous(std::vector<jobs::CaRef> previous) {
  const std::lock_guard lock(mutex_);
  previous_ = std::move(previous);
}

std::vector<jobs::CaRef> Service::previous() const {
  const std::lock_guard lock(mutex_);
  return previous_;
}

void Service::set_ra(RaSets sets) {
  const std::lock_guard lock(mutex_);
  ra_ = std::make_shared<const RaSets>(std::move(sets));
  publish();
}

std::shared_ptr<const RaSets> Service::ra() const {
  const std::lock_guard lock(mutex_);
  return ra_;
}

PublishedAnswers Service::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Service::set_problem(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

std::string Service::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::string Service::announcement_problem() const {
  const std::lock_guard lock(mutex_);
  return announcement_problem_;
}

bool Service::can_enroll(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  return ra_is_of_issuer_ && ra_->front().not_after() > now;
}

void Service::publish() {
  published_.certificates.reset();
  ra_is_of_issuer_ = false;
  if (ra_->empty() || !issuer_) return;
  const std::vector<Bytes> chain = issuer_->ports.ca->chain();
  published_.certificates = std::make_shared<const Bytes>(certificates_of(ra_->front(), chain));
  ra_is_of_issuer_ = is_of(ra_->front(), chain);
}

void Service::announce_next() {
  published_.next_certificates.reset();
  announcement_problem_.clear();
  core::SuccessorAnnouncer* announcer = issuer_ ? issuer_->ports.successors : nullptr;
  if (announcer != nullptr && !settings_.next_ca.empty()) {
    auto announced = announcer->announce({settings_.next_ca.begin(), settings_.next_ca.end()});
    if (announced.ok()) {
      published_.next_certificates = std::make_shared<const Bytes>(std::move(*announced));
    } else {
      announcement_problem_ = "the service does not announce the next CA (GetNextCACert): " +
                              announced.error().message();
    }
  }
  say_capabilities();
}

void Service::say_capabilities() {
  const std::string text = capabilities_of(settings_, published_.next_certificates != nullptr);
  published_.capabilities = std::make_shared<const Bytes>(as_bytes(text).to_bytes());
}

}  // namespace certconnector::scep
