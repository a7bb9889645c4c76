#include "agent/jobs/batch_pipeline.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "agent/jobs/issued_check.h"
#include "common/crypto/name_matching.h"
#include "common/text/hex.h"

namespace certconnector::jobs {
namespace {

// How much earlier than its receipt a request is looked for at the CA: the CA's clock may be behind
// ours.
constexpr Duration kClockSlack = std::chrono::minutes(10);

// Answers of a backend that breaks the contract of one for each request.
template <typename Answer>
void fill_up(std::vector<Answer>& answers, std::size_t count, const Answer& missing) {
  answers.resize(count, missing);
}

// Nothing: the CA answered.
std::optional<std::string> why_no_answer(const core::SubmitAnswer& answer) {
  if (const auto* gone = std::get_if<core::CaUnavailable>(&answer)) return gone->message;
  if (const auto* damaged = std::get_if<core::CaDamaged>(&answer)) return damaged->error.message();
  if (const auto* doubt = std::get_if<core::InDoubt>(&answer)) return doubt->message;
  return std::nullopt;
}

}  // namespace

BatchPipeline::BatchPipeline(Batch& batch, const AnswerRules& rules, const Clock& clock,
                             runtime::RandomSource& random, StopToken stop)
    : batch_(batch),
      rules_(rules),
      clock_(clock),
      random_(random),
      stop_(std::move(stop)),
      verdicts_(batch.jobs.size()),
      requests_(batch.jobs.size()),
      sent_again_(batch.jobs.size(), false) {}

AnswerContext BatchPipeline::context() const { return {rules_, ports(), clock_.now(), random_}; }

core::CallContext BatchPipeline::call() const { return {clock_.now() + ports().call_limit, stop_}; }

void BatchPipeline::note_unavailable(const std::string& why, std::optional<Duration> retry_after) {
  if (!ca_failed_) failure_ = why;
  ca_failed_ = true;
  if (retry_after) {
    retry_after_ = std::max(retry_after_.value_or(Duration(0)), *retry_after);
  }
}

void BatchPipeline::note_damage(const Error& error) {
  note_unavailable(error.message(), std::nullopt);
  if (!damage_) damage_ = error;
}

template <typename Answer>
void BatchPipeline::note(const Answer& answer) {
  if (const auto* unavailable = std::get_if<core::CaUnavailable>(&answer)) {
    note_unavailable(unavailable->message, unavailable->retry_after);
    return;
  }
  if (const auto* damaged = std::get_if<core::CaDamaged>(&answer)) {
    note_damage(damaged->error);
    return;
  }
  if constexpr (std::is_same_v<Answer, core::SubmitAnswer>) {
    if (const auto* in_doubt = std::get_if<core::InDoubt>(&answer)) {
      note_unavailable(in_doubt->message, std::nullopt);
      return;
    }
  }
  ca_worked_ = true;
}

BatchOutcome BatchPipeline::outcome() const {
  BatchOutcome outcome;
  if (ca_worked_) {
    outcome.ca = CaSignal::works;
  } else if (ca_failed_) {
    outcome.ca = CaSignal::unavailable;
    outcome.retry_after = retry_after_;
    outcome.failure = failure_;
  }
  for (const auto& verdict : verdicts_) {
    std::optional<Timestamp> due;
    if (const auto* later = std::get_if<core::RetryLater>(&*verdict)) due = later->due;
    if (const auto* waits = std::get_if<core::WaitForCa>(&*verdict)) due = waits->due;
    if (due && (!outcome.earliest_due || *due < *outcome.earliest_due)) outcome.earliest_due = due;
  }
  return outcome;
}

void BatchPipeline::read_requests() {
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    auto* issue = std::get_if<core::IssueRequest>(&batch_.jobs[i].job.request);
    if (issue == nullptr) continue;
    core::CheckedRequest checked = core::check_request(*issue);
    if (auto* failed = std::get_if<core::Failed>(&checked)) {
      verdicts_[i] = core::Finish{std::move(*failed)};
      continue;
    }
    requests_[i] = std::move(std::get<crypto::Pkcs10>(checked));
    auto refused = why_not_here(batch_.jobs[i].job, *requests_[i]);
    if (refused) verdicts_[i] = core::Finish{std::move(*refused)};
  }
}

// The agent's own jobs are for its RAs.
std::optional<core::Failed> BatchPipeline::why_not_here(const core::Job& job,
                                                        const crypto::Pkcs10& request) const {
  if (job.key.source != core::JobSource::local) {
    if (auto taken = batch_.handle->reserved->why_not(request.subject())) return taken;
  }
  if (!ports().foreign) return std::nullopt;
  return core::check_for_foreign_ca(std::get<core::IssueRequest>(job.request).at_most, request);
}

void BatchPipeline::ask_about_earlier_attempts() {
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    // A revocation is done again without harm.
    if (verdicts_[i] || !requests_[i]) continue;
    if (batch_.jobs[i].pending_request) {
      ask_about_pending(i);
    } else if (batch_.jobs[i].interrupted) {
      ask_about_interrupted(i);
    }
  }
}

void BatchPipeline::ask_about_pending(std::size_t i) {
  const core::ClaimedJob& job = batch_.jobs[i];
  core::SubmitAnswer answer =
      ports().ca->retrieve(*job.pending_request, core::idempotency_key(job.job.key), call());
  note(answer);
  compare(i, answer);
  // The request is still at the CA, so the job goes on waiting for it.
  if (auto silence = why_no_answer(answer)) {
    unanswered_.push_back({i, std::move(*silence)});
    answer = core::PendingAtCa{*job.pending_request};
  }
  verdicts_[i] = verdict_of(job, std::move(answer), context());
}

void BatchPipeline::ask_about_interrupted(std::size_t i) {
  const core::ClaimedJob& job = batch_.jobs[i];
  if (ports().finder == nullptr) {
    if (ports().in_doubt == core::InDoubtPolicy::hold) {
      verdicts_[i] = verdict_of(
          job,
          core::InDoubt{
              "an earlier attempt did not come to its end: the agent stopped, or read its "
              "configuration again, while the request was under way"},
          context());
    } else {
      sent_again_[i] = true;
    }
    return;
  }
  auto found =
      ports().finder->find(core::idempotency_key(job.job.key), requests_[i]->public_key_info(),
                           job.received - kClockSlack, call());
  if (!found.ok()) {
    if (found.error().kind() == ErrorKind::permanent) {
      ca_worked_ = true;
      verdicts_[i] = core::Hold{"The CA may have taken an earlier request, and cannot tell: " +
                                found.error().message() + "."};
      return;
    }
    if (found.error().kind() == ErrorKind::corrupt) {
      note_damage(found.error());
    } else {
      note_unavailable(found.error().message(), found.error().retry_after());
    }
    core::RetryLater later;
    later.backoff = rules_.retry.next(job.last_backoff, found.error().retry_after(), random_);
    later.due = clock_.now() + later.backoff;
    later.code = core::failure::kCaUnavailable.name;
    later.message = "The CA did not answer about an earlier attempt: " + found.error().message();
    later.count_attempt = false;
    later.ask_ca_first = true;
    verdicts_[i] = std::move(later);
    return;
  }
  ca_worked_ = true;
  if (!found->has_value()) return;
  core::SubmitAnswer answer = std::move(**found);
  compare(i, answer);
  verdicts_[i] = verdict_of(job, std::move(answer), context());
}

void BatchPipeline::compare(std::size_t i, core::SubmitAnswer& answer) {
  const auto* issued = std::get_if<core::Issued>(&answer);
  if (issued == nullptr || !ports().foreign) return;
  const auto& request = std::get<core::IssueRequest>(batch_.jobs[i].job.request);
  const auto certificate = crypto::Certificate::from_der(issued->certificate.certificate);
  const std::vector<Bytes> chain = ports().ca->chain();
  const auto ca = crypto::Certificate::from_der(chain.empty() ? ByteView() : chain.front());
  std::optional<std::string> differs = "it cannot be read";
  bool ours = false;
  if (certificate.ok() && ca.ok()) {
    ours = issued_for(*certificate, *requests_[i], *ca);
    AskedFor asked{*requests_[i], request.at_most, std::nullopt, clock_.wall()};
    if (request.validity) asked.not_after_at_most = asked.now + *request.validity + kClockSlack;
    differs = difference(*certificate, asked, *ca);
  }
  if (!differs) return;
  const std::string serial = text::to_hex(issued->certificate.serial);
  answer = core::DeniedByCa{core::failed(
      core::failure::kDeniedByCa,
      "The CA's certificate is not what was asked for: " + *differs + ". " +
          (ours ? take_back(i, issued->certificate)
                : "The agent does not revoke it, as it may belong to another request: serial "
                  "number " +
                      serial + ". Look at the CA for what it issued for this one."))};
}

std::string BatchPipeline::take_back(std::size_t i, const core::IssuedCertificate& issued) {
  core::Revocation revocation;
  revocation.key = core::idempotency_key(batch_.jobs[i].job.key);
  revocation.certificate.serial = issued.serial;
  revocation.reason = core::RevocationReason::cessation_of_operation;
  const auto answers = ports().ca->revoke({revocation}, call());
  const std::string serial = text::to_hex(issued.serial);
  if (!answers.empty() && std::holds_alternative<core::Revoked>(answers.front())) {
    return "It was revoked: serial number " + serial + ".";
  }
  return "It could not be revoked: revoke serial number " + serial + " at the CA.";
}

void BatchPipeline::drop_overdue() {
  const Timestamp now = clock_.now();
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    if (verdicts_[i]) continue;
    const core::ClaimedJob& job = batch_.jobs[i];
    if (auto die = past_deadline(job.job, now)) {
      verdicts_[i] = std::move(*die);
    } else if (has_attempt_limit(job.job) && job.attempt > rules_.max_attempts) {
      verdicts_[i] =
          core::Die{core::failed(core::failure::kAttemptsUsedUp,
                                 "All " + std::to_string(rules_.max_attempts) +
                                     " attempts are used up. See what is wrong with the CA, then "
                                     "queue the job again.")};
    }
  }
}

void BatchPipeline::check_leases(LeaseGuard& leases) {
  std::vector<const core::ClaimedJob*> jobs;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    if (verdicts_[i]) continue;
    jobs.push_back(&batch_.jobs[i]);
    places.push_back(i);
  }
  auto found = leases.check(jobs, stop_);
  for (std::size_t n = 0; n < places.size(); ++n) verdicts_[places[n]] = std::move(found[n]);
}

std::optional<core::Failed> BatchPipeline::wrong_issuer(const core::RevokeRequest& request) const {
  if (!request.issuer || *request.issuer == batch_.handle->description.subject) {
    return std::nullopt;
  }
  const auto issuer = crypto::parse_rfc4514(*request.issuer);
  if (issuer.ok() && crypto::same_name(*issuer, batch_.handle->subject)) return std::nullopt;
  return core::failed(core::failure::kIssuerMismatch,
                      "The job names the issuer \"" + *request.issuer + "\", but its CA is \"" +
                          batch_.handle->description.subject + "\".");
}

void BatchPipeline::revoke() {
  std::vector<core::Revocation> revocations;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    const auto* request = std::get_if<core::RevokeRequest>(&batch_.jobs[i].job.request);
    if (verdicts_[i] || request == nullptr) continue;
    if (auto wrong = wrong_issuer(*request)) {
      verdicts_[i] = core::Finish{std::move(*wrong)};
      continue;
    }
    revocations.push_back({core::idempotency_key(batch_.jobs[i].job.key),
                           {request->serial, request->thumbprint},
                           request->reason,
                           request->invalidity_date});
    places.push_back(i);
  }
  if (revocations.empty()) return;
  auto answers = ports().ca->revoke(revocations, call());
  fill_up<core::RevokeAnswer>(
      answers, places.size(),
      core::CaUnavailable{"the CA's backend did not answer for it", std::nullopt});
  const AnswerContext now = context();
  for (std::size_t n = 0; n < places.size(); ++n) {
    note(answers[n]);
    verdicts_[places[n]] = verdict_of(batch_.jobs[places[n]], std::move(answers[n]), now);
  }
}

core::Submission BatchPipeline::submission(std::size_t i) const {
  const core::ClaimedJob& job = batch_.jobs[i];
  const auto& issue = std::get<core::IssueRequest>(job.job.request);
  core::Submission submission;
  submission.key = core::idempotency_key(job.job.key);
  submission.request = &*requests_[i];
  submission.template_name = issue.template_name;
  submission.expected = &issue.expected;
  submission.renewed_subject = issue.renewed_subject;
  submission.at_most = issue.at_most;
  submission.sid = issue.sid;
  submission.validity = issue.validity;
  submission.approved = job.approved;
  submission.for_agent = job.job.key.source == core::JobSource::local;
  return submission;
}

void BatchPipeline::submit() {
  std::vector<core::Submission> submissions;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < batch_.jobs.size(); ++i) {
    if (verdicts_[i]) continue;
    submissions.push_back(submission(i));
    places.push_back(i);
  }
  if (submissions.empty()) return;
  auto answers = ports().ca->submit(submissions, call());
  fill_up<core::SubmitAnswer>(answers, places.size(),
                              core::InDoubt{"the CA's backend did not answer for it"});
  const AnswerContext now = context();
  for (std::size_t n = 0; n < places.size(); ++n) {
    note(answers[n]);
    compare(places[n], answers[n]);
    auto* issued = std::get_if<core::Issued>(&answers[n]);
    if (issued != nullptr && sent_again_[places[n]]) {
      issued->note += issued->note.empty() ? "" : " ";
      issued->note += "Sent again after an interruption: the CA may have issued it twice.";
    }
    verdicts_[places[n]] = verdict_of(batch_.jobs[places[n]], std::move(answers[n]), now);
  }
}

}  // namespace certconnector::jobs
