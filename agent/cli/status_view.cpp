#include "agent/cli/status_view.h"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>

#include "agent/cli/ca_view.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/scep_view.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr std::size_t kLabelWidth = 13;

void print_label(std::ostream& out, std::string_view label) {
  out << label << std::string(kLabelWidth - std::min(kLabelWidth, label.size()), ' ');
}

// The consequence of a state other than working, and how it ends.
std::string_view hint(const std::string& state) {
  if (state == "paused") return "leases and submits nothing until `certconnector resume`";
  if (state == "draining") return "leases nothing more until `certconnector resume`";
  if (state == "storage_full") return "does no jobs until its database can be written";
  if (state == "clock_wrong")
    return "issues, publishes and purges nothing until the clock is right";
  if (state == "not_enrolled") return "run `certconnector enroll -` with an onboarding token";
  return {};
}

void print_state(std::ostream& out, const wire::StatusResult& status, const Paint& paint) {
  print_label(out, "Agent");
  out << paint(style_of(status.state), spoken(status.state)) << ", health "
      << paint(style_of(status.health), safe(status.health)) << ", version " << safe(status.version)
      << ", started " << relative(status.started, status.now) << '\n';
  if (const auto words = hint(status.state); !words.empty()) {
    print_label(out, "");
    out << words << '\n';
  }
}

void print_endpoint(std::ostream& out, const wire::StatusResult& status, const Paint& paint) {
  const auto& endpoint = status.endpoint;
  print_label(out, "Endpoint");
  if (endpoint.url.empty()) {
    out << "none yet; the onboarding token names it\n";
    return;
  }
  out << safe(endpoint.url) << ", ";
  if (endpoint.reachable) {
    out << paint(Style::good, "reachable");
  } else if (!endpoint.last_success && endpoint.last_error.empty()) {
    out << "not asked yet";
  } else {
    out << paint(Style::bad, "not reachable");
  }
  if (endpoint.last_success) {
    out << ", last answer " << relative(*endpoint.last_success, status.now);
  }
  out << '\n';
  if (!endpoint.last_error.empty()) {
    print_label(out, "");
    out << shortened(safe(endpoint.last_error), kScreenWidth - kLabelWidth) << '\n';
  }
}

void print_identity_line(std::ostream& out, const wire::StatusResult& status, const Paint& paint) {
  print_label(out, "Identity");
  if (!status.identity) {
    out << paint(Style::warning, "none: not enrolled") << '\n';
    return;
  }
  const auto& identity = *status.identity;
  const bool expired = identity.not_after <= status.now;
  const std::string validity = (expired ? "expired " : "expires ") +
                               relative(identity.not_after, status.now) + " (" +
                               date(identity.not_after) + ")";
  out << safe(identity.subject) << ", " << paint(expired ? Style::bad : Style::plain, validity);
  if (!expired) out << ", renewal " << relative(identity.renew_at, status.now);
  out << '\n';
}

void print_counters(std::ostream& out, const wire::StatusResult& status) {
  print_label(out, "Queue");
  out << status.queue_depth << " to do, " << status.unreported << " to report\n";
  print_label(out, "Since start");
  out << status.issued_since_start << " issued, " << status.revoked_since_start << " revoked, "
      << status.failed_since_start << " failed\n";
}

// Compacting is worth a stop of the agent when it gives so much back, more than what stays.
constexpr std::uint64_t kWorthCompacting = std::uint64_t{1} << 30U;

void print_database(std::ostream& out, const wire::StatusResult& status) {
  if (status.database_octets == 0) return;
  constexpr std::uint64_t kMebibyte = 1048576;
  constexpr std::uint64_t kPercent = 100;
  const std::uint64_t unused = status.database_free_octets;
  print_label(out, "Database");
  out << (status.database_octets + kMebibyte - 1) / kMebibyte << " MiB, "
      << unused * kPercent / status.database_octets << " % of it free for new rows\n";
  if (unused < kWorthCompacting || unused < status.database_octets / 2) return;
  print_label(out, "");
  out << "`certconnectord --compact` gives that back to the disk\n";
}

// Of one row of the job table: a CA and a type.
using JobRow = std::pair<std::string, std::string>;

void add_row(const wire::Count& count, std::map<JobRow, std::map<std::string, std::uint64_t>>& to) {
  const std::string ca = count.ca_name.empty() ? count.ca.substr(0, 12) : count.ca_name;
  to[{ca, count.type}][count.state] += count.count;
}

// A finished job is reported a moment later, so its outcome says more than its state.
bool is_outcome(std::string_view state) {
  return state == "succeeded" || state == "failed" || state == "dead" || state == "canceled";
}

void print_what_outcomes_are(std::ostream& out, const wire::StatusResult& status) {
  const auto span = std::chrono::round<std::chrono::hours>(status.now - *status.outcomes_since);
  out << "SUCCEEDED to CANCELED: ended in the last " << span.count()
      << " hours, or not reported yet"
      << (status.outcomes_complete ? ".\n" : "; so many ended that only the newest are counted.\n");
}

void print_jobs(std::ostream& out, const wire::StatusResult& status, const Paint& paint) {
  static constexpr std::array<std::string_view, 9> kStates{"queued", "running",   "waiting",
                                                           "held",   "succeeded", "failed",
                                                           "dead",   "canceled",  "reported"};
  std::map<JobRow, std::map<std::string, std::uint64_t>> rows;
  const bool by_outcome = status.outcomes_since.has_value();
  for (const auto& count : status.counts) {
    if (!by_outcome || !is_outcome(count.state)) add_row(count, rows);
  }
  for (const auto& count : status.outcomes) add_row(count, rows);
  if (rows.empty()) return;
  std::vector<Column> columns{{"JOBS OF CA", false, true}, {"TYPE"}};
  for (const auto state : kStates) columns.push_back({std::string(state), true});
  for (auto& column : columns) {
    std::transform(column.title.begin(), column.title.end(), column.title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  Table table(columns);
  for (const auto& [row, by_state] : rows) {
    std::vector<Cell> cells{Cell(safe(row.first)), Cell(safe(row.second))};
    for (const auto state : kStates) {
      const auto found = by_state.find(std::string(state));
      const std::uint64_t count = found == by_state.end() ? 0 : found->second;
      const bool notable = count > 0 && style_of(state) != Style::good;
      cells.emplace_back(std::to_string(count), notable ? style_of(state) : Style::plain);
    }
    table.add(std::move(cells));
  }
  out << '\n';
  table.print(out, paint);
  if (by_outcome) print_what_outcomes_are(out, status);
}

}  // namespace

std::string spoken(std::string name) {
  // Its name is older than its other causes, such as a lock.
  if (name == "storage_full") return "database not writable";
  std::replace(name.begin(), name.end(), '_', ' ');
  return safe(name);
}

void print_findings(std::ostream& out, const std::vector<wire::Finding>& findings,
                    const Paint& paint) {
  for (const auto& finding : findings) {
    if (finding.level == "ok") continue;
    constexpr std::size_t kIndent = 6;
    const std::string level = safe(finding.level);
    out << "  " << paint(style_of(finding.level), level) << "  "
        << wrapped(finding.component + ": " + finding.message, 4 + columns(level), kIndent,
                   kScreenWidth)
        << '\n';
    if (finding.remedy.empty()) continue;
    out << "      -> " << wrapped(finding.remedy, kIndent + 3, kIndent + 3, kScreenWidth) << '\n';
  }
}

void print_status(std::ostream& out, const wire::StatusResult& status, const Paint& paint) {
  print_state(out, status, paint);
  print_endpoint(out, status, paint);
  print_identity_line(out, status, paint);
  print_counters(out, status);
  print_database(out, status);
  out << '\n';
  print_cas(out, status.cas, status.now, paint);
  if (!status.scep.empty()) {
    out << '\n';
    print_services(out, status.scep, status.now, paint);
  }
  print_jobs(out, status, paint);
  const bool all_is_well =
      std::all_of(status.findings.begin(), status.findings.end(),
                  [](const wire::Finding& finding) { return finding.level == "ok"; });
  if (all_is_well) return;
  out << "\nFindings\n";
  print_findings(out, status.findings, paint);
}

void print_identity(std::ostream& out, const wire::Identity& identity, Timestamp now) {
  const auto line = [&out](std::string_view label, const std::string& text) {
    print_label(out, label);
    out << text << '\n';
  };
  line("Agent id", safe(identity.agent_id));
  line("Subject", safe(identity.subject));
  line("Issuer", safe(identity.issuer));
  line("Serial", safe(identity.serial));
  line("SHA-256", safe(identity.sha256));
  line("Valid from", absolute(identity.not_before));
  line("Valid to", absolute(identity.not_after) + " (" + relative(identity.not_after, now) + ")");
  line("Renewal", absolute(identity.renew_at) + " (" + relative(identity.renew_at, now) + ")");
  line("Source", safe(identity.source));
}

}  // namespace certconnector::cli
