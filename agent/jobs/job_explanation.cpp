#include "agent/jobs/job_explanation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/jobs/device_remedies.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

// The history's messages are sentences, but for those that repeat a text of a CA or a library.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kIntroductions{{
    {"retry", "An attempt failed and the job was put back"},
    {"waiting_for_approval", "The job began to wait for a person's approval"},
    {"held", "The job was held for a person"},
}};

std::string in_words(Duration span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  if (seconds < 1) return "less than a second";
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " days";
}

// Stores hold an older text, which promises that the CA is asked.
constexpr const char* kInterrupted =
    "The agent stopped while it worked on the job. It finds out what became of the request before "
    "it submits anything again.";

std::string sentence(const core::JobEvent& event) {
  if (event.kind == "interrupted") return kInterrupted;
  for (const auto& [kind, words] : kIntroductions) {
    if (kind == event.kind) {
      return std::string(words) + (event.message.empty() ? "." : ": " + event.message);
    }
  }
  return event.message.empty() ? event.kind : event.message;
}

std::string request_in_words(const core::Job& job) {
  return std::visit(
      core::Overloaded{[](const core::IssueRequest& issue) {
                         return "issue a certificate from template \"" + issue.template_name + "\"";
                       },
                       [](const core::RevokeRequest& revoke) {
                         const bool by_serial = !revoke.serial.empty();
                         return std::string("revoke the certificate with ") +
                                (by_serial ? "serial " : "thumbprint ") +
                                text::to_hex(by_serial ? revoke.serial : revoke.thumbprint) +
                                ", reason " + std::string(to_string(revoke.reason));
                       }},
      job.request);
}

std::string revocation_in_words(const core::Job& job, const core::Revoked& revoked) {
  const auto* request = std::get_if<core::RevokeRequest>(&job.request);
  if (request != nullptr && request->reason == core::RevocationReason::remove_from_crl) {
    return revoked.already ? "The certificate was not on hold any more."
                           : "The certificate's hold was lifted.";
  }
  return (revoked.already ? "The certificate had been revoked before, at "
                          : "The certificate was revoked at ") +
         to_rfc3339(revoked.at) + ".";
}

std::string outcome_in_words(const core::Job& job, const core::Outcome& outcome) {
  return std::visit(
      core::Overloaded{
          [](const core::Issued& issued) {
            return "The certificate with serial " + text::to_hex(issued.certificate.serial) +
                   " was issued, valid until " + to_rfc3339(issued.certificate.not_after) + "." +
                   (issued.note.empty() ? "" : " Note: " + issued.note);
          },
          [&](const core::Revoked& revoked) { return revocation_in_words(job, revoked); },
          [](const core::Failed& failed) { return failed.message + " (" + failed.code + ")"; }},
      outcome);
}

std::string last_failure(const core::JobRecord& job) {
  // Without a code it is no failure: the CA asked for a person's approval.
  if (job.last_message.empty() || job.last_code.empty()) return {};
  return " The last attempt ended with: " + job.last_message + " (" + job.last_code + ")";
}

std::string due_in_words(const core::JobRecord& job, Timestamp now) {
  return job.due > now ? "in " + in_words(job.due - now) + ", at " + to_rfc3339(job.due)
                       : std::string("as soon as the CA has room");
}

std::string deadline_in_words(const core::JobRecord& job) {
  if (!job.job.deadline) return " It has no deadline.";
  return " Its deadline is " + to_rfc3339(*job.job.deadline) + ".";
}

std::string command(std::string_view verb, const core::JobRecord& job) {
  return "`certconnector jobs " + std::string(verb) + " " + job.job.key.id + "`";
}

std::string end_in_words(const core::JobRecord& job) {
  return job.outcome ? outcome_in_words(job.job, *job.outcome)
                     : std::string("It ended without an outcome.");
}

constexpr std::string_view kReports =
    "The agent reports the result as soon as it can reach the endpoint.";

// A person may retry a job that was tried, that is not reported, and whose deadline has not passed.
bool may_be_tried_again(const core::JobRecord& job, Timestamp now) {
  const bool too_late = job.job.deadline && *job.job.deadline <= now;
  const bool unreported = job.state == core::JobState::reported && !job.reports;
  const core::JobState ended = unreported ? job.ended_as.value_or(job.state) : job.state;
  const bool failed = ended == core::JobState::failed || ended == core::JobState::dead;
  return failed && job.started && !job.external && !too_late;
}

// Of a job from a management endpoint.
std::string next_at_endpoint(const core::JobRecord& job, Timestamp now) {
  if (job.state == core::JobState::reported) {
    const core::JobState ended = job.ended_as.value_or(job.state);
    const bool failed = ended == core::JobState::failed || ended == core::JobState::dead;
    return failed
               ? "Correct what the message names, and queue a new job at the endpoint: it has the "
                 "result of this one, which is final."
               : "Nothing: the endpoint has the result, which is final. For another certificate "
                 "or revocation, queue a new job at the endpoint.";
  }
  std::string next(kReports);
  if (job.state != core::JobState::failed && job.state != core::JobState::dead) return next;
  if (may_be_tried_again(job, now)) {
    return next + " Until then it can be tried again: " + command("retry", job) + ".";
  }
  return next +
         " It cannot be tried again: correct the cause, and queue a new job at the endpoint.";
}

std::string remedy_of_ra(const core::Failed& failed) {
  const bool name = failed.code == core::failure::kOutsideCaBounds.name ||
                    failed.code == core::failure::kSubjectNotAllowed.name;
  return (name ? "Set ra_subject of the service, in its section [scep.NAME], to a name that the CA "
                 "can issue"
               : std::string("Correct the cause in the section of the service or of the CA")) +
         ", then: `certconnector reload`. The agent also tries again by itself.";
}

std::string next_of_own(const core::JobRecord& job) {
  const auto* failed = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  const bool issues = job.job.type() == core::JobType::issue;
  if (failed == nullptr) {
    return issues ? "Nothing: the service uses its RA certificate." : "Nothing: it is done.";
  }
  return issues ? remedy_of_ra(*failed)
                : "Correct the cause, then revoke the certificate: `certconnector certs revoke "
                  "SERIAL`.";
}

std::string next_for_device(const core::JobRecord& job) {
  const auto* failed = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  std::string next =
      failed != nullptr ? device_remedy(*failed) : std::string(after_issue(job.external));
  if (job.reports && job.state != core::JobState::reported) next.append(" ").append(kReports);
  return next;
}

// The source of a job decides who can do what about its end.
std::string next_after_end(const core::JobRecord& job, Timestamp now) {
  const core::JobSource source = job.job.key.source;
  if (source == core::JobSource::management) return next_at_endpoint(job, now);
  std::string next = source == core::JobSource::scep ? next_for_device(job) : next_of_own(job);
  const bool by_service =
      source == core::JobSource::local && job.job.type() == core::JobType::issue;
  if (!by_service && may_be_tried_again(job, now)) {
    next += " The agent can try the same request again: " + command("retry", job) + ".";
  }
  return next;
}

std::pair<std::string, std::string> without_ca(const core::JobRecord& job) {
  return {
      "It waits for its CA, which the agent does not serve." + last_failure(job),
      "The agent goes on with it once it serves that CA again: `certconnector ca list` shows the "
      "CAs of the configuration, and why one cannot be used. Put its section [ca.NAME] back, "
      "or correct it, then: `certconnector reload`." +
          deadline_in_words(job)};
}

std::pair<std::string, std::string> waiting(const core::JobRecord& job, Timestamp now,
                                            const JobSurroundings& around) {
  if (job.waiting_for_approval) {
    return {"It waits for approval by a person" +
                (job.last_message.empty() ? "" : ": " + job.last_message) + ".",
            "Approve or deny it: " + command("approve", job) + ", or " + command("deny", job) +
                "." + deadline_in_words(job)};
  }
  if (job.external) {
    return {"NDES sends the request to its CA.",
            "NDES reports the outcome." + deadline_in_words(job)};
  }
  if (!around.ca_served) return without_ca(job);
  return {"The CA has taken the request and has not decided yet.",
          "The agent asks the CA again " + due_in_words(job, now) + "." + deadline_in_words(job) +
              " If the CA does not answer, `certconnector ca list` says why."};
}

std::pair<std::string, std::string> queued(const core::JobRecord& job, Timestamp now,
                                           const JobSurroundings& around) {
  const std::string_view rest = why_at_rest(around.state);
  if (!rest.empty()) {
    return {"It waits for the agent." + last_failure(job),
            std::string(rest) + deadline_in_words(job)};
  }
  if (!around.ca_served) return without_ca(job);
  const bool tried = !last_failure(job).empty();
  return {tried ? "It waits for another attempt." + last_failure(job)
                : std::string("It waits for its turn."),
          (tried ? "The agent tries again " : "The agent does it ") + due_in_words(job, now) + "." +
              deadline_in_words(job)};
}

// Why the job is in its state, and what comes next.
std::pair<std::string, std::string> standing(const core::JobRecord& job, Timestamp now,
                                             const JobSurroundings& around) {
  switch (job.state) {
    case core::JobState::queued:
      return queued(job, now, around);
    case core::JobState::running:
      return {"The agent is doing it now." + last_failure(job),
              "Its outcome, once the CA has answered or the time that it has for it is over."};
    case core::JobState::waiting:
      return waiting(job, now, around);
    case core::JobState::held:
      if (job.external) {
        return {
            "NDES has not reported the outcome, so the job keeps its challenge, or its place "
            "among the renewals of its lineage.",
            "Look for its certificate at the CA. If there is none, free that: " +
                command("cancel", job) + "." + deadline_in_words(job)};
      }
      // The message says what broke the attempt.
      return {job.last_message.empty()
                  ? std::string("It may have reached the CA, which the agent cannot ask.")
                  : job.last_message,
              "Look for its certificate at the CA. If there is none: " + command("retry", job) +
                  "; else: " + command("cancel", job) + "."};
    case core::JobState::dead:
      return {end_in_words(job) + last_failure(job), next_after_end(job, now)};
    case core::JobState::canceled:
      if (!job.outcome) {
        return {"The endpoint gave the job to another agent.", "Nothing: the other agent does it."};
      }
      return {end_in_words(job), next_after_end(job, now)};
    case core::JobState::succeeded:
    case core::JobState::failed:
    case core::JobState::reported:
      return {end_in_words(job), next_after_end(job, now)};
  }
  return {};
}

std::string origin_in_words(const core::JobKey& key) {
  switch (key.source) {
    case core::JobSource::management:
      return "The job came from the endpoint \"" + key.instance + "\": ";
    case core::JobSource::local:
      return "The agent itself made the job: ";
    case core::JobSource::scep:
      return "A device asked for it at the SCEP service \"" + key.instance + "\": ";
  }
  return {};
}

}  // namespace

JobExplanation explain(const core::JobRecord& job, const std::vector<core::JobEvent>& history,
                       Timestamp now, const JobSurroundings& around) {
  std::vector<std::pair<Timestamp, std::string>> events;
  const std::string origin = origin_in_words(job.job.key);
  events.emplace_back(job.received, origin + request_in_words(job.job) + ".");
  for (const core::JobEvent& event : history) events.emplace_back(event.at, sentence(event));
  if (job.started) {
    events.emplace_back(*job.started, "Attempt " + std::to_string(job.attempts) + " began.");
  }
  if (job.finished) events.emplace_back(*job.finished, end_in_words(job));
  if (job.reported) events.emplace_back(*job.reported, "The endpoint acknowledged the result.");
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });

  JobExplanation story;
  for (const auto& [time, text] : events) {
    story.happened.push_back(to_rfc3339(time) + " " + text);
  }
  auto [why, next] = standing(job, now, around);
  story.why = std::move(why);
  story.next = std::move(next);
  return story;
}

}  // namespace certconnector::jobs
