#include "agent/scep/ra_keeper.h"

#include <algorithm>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/platform/errors.h"
#include "agent/platform/words.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::scep {
namespace {

constexpr Duration kLook = std::chrono::seconds(5);  // a settled job wakes the loop before
constexpr Duration kAfterFailure = std::chrono::minutes(10);
constexpr Duration kLongestWait = std::chrono::hours(1);
// A certificate that lasts only this long does not justify another one.
constexpr Duration kNothingGained = std::chrono::minutes(1);

core::NewJob make_job(const RaSettings& settings, const RaCa& issuer, int number, RaUse use,
                      Bytes request) {
  core::NewJob made;
  core::Job& job = made.job;
  job.key.source = core::JobSource::local;
  job.key.instance = "scep-ra";
  job.key.digest = crypto::sha256(request);
  job.key.id = "ra-" + settings.service + "-" + std::to_string(number) + "-" +
               std::string(to_string(use)) + "-" +
               text::to_hex(crypto::view(job.key.digest)).substr(0, 8) + "-" +
               issuer.fingerprint.substr(0, 8);
  job.ca = issuer.fingerprint;
  core::IssueRequest issue;
  issue.template_name = settings.template_name;
  issue.pkcs10 = std::move(request);
  job.request = std::move(issue);
  made.report = false;
  return made;
}

// Empty: the CA is at work.
std::string why_unfinished(const core::JobRecord& job) {
  if (job.waiting_for_approval) {
    return "its RA certificate waits for approval; run: certconnector jobs approve " +
           job.job.key.id;
  }
  if (job.state != core::JobState::held) return {};
  return "the job for its RA certificate is held for a person; run: certconnector jobs explain " +
         job.job.key.id;
}

// Devices that hold its certificate may still encrypt to its key.
std::string of_damaged(const std::string& folder, const Error& why) {
  const std::string what =
      "an RA certificate or key of the service cannot be used: " + why.message();
  if (platform::is_of_rights(why)) return what + "; then run: certconnector reload";
  return what + "; put its files back and run: certconnector reload; or do without it: " +
         platform::command_that_removes_folder(folder) + " && certconnector reload";
}

}  // namespace

RaKeeper::RaKeeper(RaSettings settings, const std::string& folder, RaParts parts, Changed changed)
    : settings_(std::move(settings)),
      files_(folder, parts.keys),
      parts_(parts),
      changed_(std::move(changed)) {}

void RaKeeper::load() {
  read_files();
  publish();
}

void RaKeeper::read_files() {
  RaSetsOnDisk found = files_.load();
  unreadable_ = found.unreadable.has_value();
  if (unreadable_) {
    problem_ = found.unreadable->message() + "; then run: certconnector reload";
    parts_.logger.error("scep.ra_unreadable", problem_, {{"service", settings_.service}});
  }
  sets_ = std::move(found.complete);
  for (const auto& [number, why] : found.damaged) {
    if (damaged_.find(number) != damaged_.end()) continue;
    parts_.logger.error("scep.ra_damaged", of_damaged(files_.folder(number), why),
                        {{"service", settings_.service}});
  }
  damaged_ = std::move(found.damaged);
}

bool RaKeeper::is_readable_again() {
  load();
  return !unreadable_;
}

std::string RaKeeper::problem() const {
  if (!problem_.empty() || damaged_.empty()) return problem_;
  const auto& [number, why] = *damaged_.rbegin();
  return of_damaged(files_.folder(number), why);
}

Duration RaKeeper::step(const std::optional<RaCa>& issuer) {
  drop_expired();
  if (unreadable_ && !is_readable_again()) return kAfterFailure;
  if (!issuer) {
    problem_ = "the agent does not serve the CA of the service; `certconnector ca list` says why";
    return kLongestWait;
  }
  if (!needs_another(*issuer)) {
    problem_.clear();
    return std::clamp(renew_at() - parts_.clock.wall(), kLook, kLongestWait);
  }
  auto wait = obtain(*issuer);
  if (wait.ok()) return *wait;
  problem_ = wait.error().message();
  parts_.logger.error("scep.no_ra", "The service got no RA certificate: " + problem_,
                      {{"service", settings_.service}});
  return kAfterFailure;
}

Timestamp RaKeeper::renew_at() const {
  if (sets_.empty()) return {};
  const RaSet& newest = sets_.rbegin()->second;
  return another_would_last_longer() ? newest.renew_at() : newest.not_after();
}

// None outlives its CA. Otherwise the last ones would be renewed at ever shorter intervals.
bool RaKeeper::another_would_last_longer() const {
  return sets_.rbegin()->second.not_after() < ca_ends_ - kNothingGained;
}

bool RaKeeper::needs_another(const RaCa& issuer) {
  if (sets_.empty()) return true;
  return !newest_is_of(issuer) || sets_.rbegin()->second.is_one() == settings_.separate ||
         parts_.clock.wall() >= renew_at();
}

// Verified once, because step() runs after every settled job.
bool RaKeeper::newest_is_of(const RaCa& issuer) {
  if (issuer.fingerprint == ca_of_newest_) return true;
  const auto ca = crypto::Certificate::from_der(issuer.certificate);
  if (!ca.ok() || !sets_.rbegin()->second.is_of(*ca)) return false;
  ca_of_newest_ = issuer.fingerprint;
  ca_ends_ = ca->not_after();
  return true;
}

Result<Duration> RaKeeper::obtain(const RaCa& issuer) {
  const int number = next_number();
  for (const RaUse use : uses_of_set(settings_.separate)) {
    CC_TRY_ASSIGN(const bool there, obtain_one(issuer, number, use));
    if (!there) return problem_.empty() ? kLook : kAfterFailure;
  }
  read_files();
  if (sets_.find(number) == sets_.end()) return kAfterFailure;
  ca_of_newest_.clear();
  sets_.rbegin()->second.obtained = parts_.clock.wall();
  publish();
  problem_.clear();
  parts_.logger.info("scep.ra", "The service has a new RA certificate.",
                     {{"service", settings_.service},
                      {"not_after", to_rfc3339(sets_.rbegin()->second.not_after())}});
  return Duration(0);
}

// Goes on with a set that was begun.
int RaKeeper::next_number() const {
  const int complete = sets_.empty() ? 0 : sets_.rbegin()->first;
  const int damaged = damaged_.empty() ? 0 : damaged_.rbegin()->first;
  return std::max(files_.last_number(), std::max(complete, damaged) + 1);
}

Result<bool> RaKeeper::obtain_one(const RaCa& issuer, int number, RaUse use) {
  if (files_.has_certificate(number, use)) return true;
  CC_TRY_ASSIGN(Bytes request, files_.request(number, use, settings_.subject, settings_.rsa_bits));
  const core::NewJob job = make_job(settings_, issuer, number, use, std::move(request));
  CC_TRY_ASSIGN(const auto found, parts_.store.find(job.job.key));
  if (!found) {
    CC_TRY(parts_.intake.insert({job}));
    problem_.clear();
    return false;
  }
  const core::JobRecord& record = *found;
  if (!jobs::is_finished(record.state)) {
    problem_ = why_unfinished(record);
    return false;
  }
  if (record.outcome && std::holds_alternative<core::Issued>(*record.outcome)) {
    CC_TRY(take_over(record, issuer, number, use));
    return true;
  }
  CC_TRY(retry(record, number));
  return false;
}

Status RaKeeper::take_over(const core::JobRecord& job, const RaCa& issuer, int number, RaUse use) {
  const auto& issued = std::get<core::Issued>(*job.outcome);
  CC_TRY_ASSIGN(const auto certificate,
                crypto::Certificate::from_der(issued.certificate.certificate));
  CC_TRY_ASSIGN(const auto ca, crypto::Certificate::from_der(issuer.certificate));
  if (!certificate.issued_by(ca)) {
    return Error(ScepErrc::bad_ra, ErrorKind::permanent,
                 "the RA certificate of job " + job.job.key.id + " is not signed by the CA " +
                     ca.subject_text());
  }
  return files_.save_certificate(number, use, certificate);
}

Status RaKeeper::retry(const core::JobRecord& job, int number) {
  const auto* why = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  problem_ = "the CA does not issue its RA certificate: " +
             (why != nullptr ? why->message : std::string("the job was ended")) +
             "; run: certconnector jobs explain " + job.job.key.id;
  if (job.finished && parts_.clock.now() - *job.finished < kAfterFailure) return {};
  // The agent does not retry a job that a person canceled: another key is another job.
  const bool canceled = job.ended_as.value_or(job.state) == core::JobState::canceled;
  if (canceled) {
    problem_.clear();
    return files_.remove(number);
  }
  CC_TRY(parts_.store.retry(job.ticket, parts_.clock.now(), "the agent"));
  parts_.intake.work_arrived(job.job.ca, 1);
  return {};
}

void RaKeeper::drop_expired() {
  const Timestamp now = parts_.clock.wall();
  bool dropped = false;
  for (auto at = sets_.begin(); at != sets_.end() && sets_.size() > 1;) {
    if (at->second.not_after() > now || std::next(at) == sets_.end()) {
      ++at;
      continue;
    }
    const Status removed = files_.remove(at->first);
    if (!removed.ok()) parts_.logger.warning("scep.ra_kept", removed.error().message());
    at = sets_.erase(at);
    dropped = true;
  }
  if (dropped) publish();
}

void RaKeeper::publish() {
  RaSets newest_first;
  for (auto at = sets_.rbegin(); at != sets_.rend(); ++at) newest_first.push_back(at->second);
  changed_(std::move(newest_first));
}

}  // namespace certconnector::scep
