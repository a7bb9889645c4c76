#include "agent/cli/agent_names.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/cli/relative_time.h"
#include "proto/control/challenge_messages.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr std::uint64_t kNewest = 100;  // of jobs and certificates

// Other characters need quotes in one shell or another.
bool is_plain(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:-").find(c) != std::string_view::npos;
  });
}

class Names {
 public:
  void add(const std::string& value, std::string description) {
    const auto same = [&](const Candidate& one) { return one.value == value; };
    if (!is_plain(value) || std::any_of(all_.begin(), all_.end(), same)) return;
    all_.push_back({value, std::move(description)});
  }
  [[nodiscard]] std::vector<Candidate> take() { return std::move(all_); }

 private:
  std::vector<Candidate> all_;
};

void add_cas(Session& session, Names& names) {
  const auto reply = session.ask<wire::CaListResult>(wire::command::kCaList);
  if (!reply) return;
  for (const wire::Ca& ca : reply->result.cas) names.add(ca.name, ca.subject);
}

void add_templates(Session& session, Names& names) {
  const auto reply = session.ask<wire::CaListResult>(wire::command::kCaList);
  if (!reply) return;
  for (const wire::Ca& ca : reply->result.cas) {
    for (const wire::Template& one : ca.templates) names.add(one.name, "of the CA " + ca.name);
  }
}

void add_services(Session& session, Names& names) {
  const auto reply = session.ask<wire::ScepListResult>(wire::command::kScepList);
  if (!reply) return;
  for (const wire::ScepService& one : reply->result.services) {
    names.add(one.name, one.challenge + ", CA " + one.ca);
  }
}

void add_certificates(Session& session, Names& names) {
  wire::CertsListArguments newest;
  newest.limit = kNewest;
  const auto reply = session.ask<wire::CertsListResult>(wire::command::kCertsList, newest);
  if (!reply) return;
  for (const wire::Certificate& one : reply->result.certificates) {
    names.add(one.serial, one.status + ", " + one.subject);
  }
}

void add_jobs(Session& session, bool waiting, Names& names) {
  wire::JobsListArguments newest;
  newest.limit = kNewest;
  if (waiting) newest.state = "waiting";
  const auto reply = session.ask<wire::JobsListResult>(wire::command::kJobsList, newest);
  if (!reply) return;
  for (const wire::Job& one : reply->result.jobs) {
    if (waiting && !one.waiting_for_approval) continue;
    names.add(one.id, one.type + ", " + one.state + ", " + relative(one.received, session.now()));
  }
}

void add_challenges(Session& session, Names& names) {
  const auto reply = session.ask<wire::ChallengesListResult>(wire::command::kChallengeList,
                                                             wire::ChallengesListArguments{});
  if (!reply) return;
  for (const wire::Challenge& one : reply->result.challenges) {
    if (one.state != "open" && one.state != "in_use") continue;
    names.add(one.id, one.service + (one.device.empty() ? "" : ", device " + one.device));
  }
}

}  // namespace

std::vector<Candidate> names_of_agent(ValueKind kind, Session& session) {
  Names names;
  switch (kind) {
    case ValueKind::cas:
      add_cas(session, names);
      break;
    case ValueKind::templates:
      add_templates(session, names);
      break;
    case ValueKind::services:
      add_services(session, names);
      break;
    case ValueKind::certificates:
      add_certificates(session, names);
      break;
    case ValueKind::jobs:
    case ValueKind::waiting_jobs:
      add_jobs(session, kind == ValueKind::waiting_jobs, names);
      break;
    case ValueKind::challenges:
      add_challenges(session, names);
      break;
    case ValueKind::any:
    case ValueKind::words:
    case ValueKind::files:
    case ValueKind::folders:
      break;
  }
  return names.take();
}

}  // namespace certconnector::cli
