#include "agent/cli/challenge_view.h"

#include <ostream>

#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

std::string state_text(const std::string& state) {
  return state == "in_use" ? "in use" : safe(state);
}

Style style_of_challenge(const std::string& state) {
  if (state == "open") return Style::good;
  return state == "revoked" ? Style::bad : Style::plain;
}

void print_passwords(std::ostream& out, const wire::ChallengesListResult& result, Timestamp now,
                     const Paint& paint) {
  Table table({{"ID"},
               {"SERVICE", false, true},
               {"STATE"},
               {"ENDS"},
               {"DEVICE", false, true},
               {"TEMPLATE", false, true},
               {"SUBJECT", false, true},
               {"MADE BY", false, true}});
  for (const auto& one : result.challenges) {
    table.add({Cell(safe(one.id)), Cell(safe(one.service)),
               Cell(state_text(one.state), style_of_challenge(one.state)),
               Cell(relative(one.valid_until, now)), Cell(safe(one.device)),
               Cell(safe(one.template_name)), Cell(safe(one.subject)), Cell(safe(one.made_by))});
  }
  table.print(out, paint);
}

}  // namespace

void print_new_challenge(std::ostream& out, const wire::ChallengeNewResult& made, Timestamp now) {
  out << "Password     " << safe(made.password) << '\n'
      << "Id           " << safe(made.id) << '\n'
      << "Service      " << safe(made.service) << '\n'
      << "Valid until  " << absolute(made.valid_until) << ", " << relative(made.valid_until, now)
      << "\nFor one certificate. The command shows it once: the agent does not keep it.\n";
}

void print_challenges(std::ostream& out, const wire::ChallengesListResult& result, Timestamp now,
                      const Paint& paint) {
  if (result.challenges.empty()) {
    out << "No challenge passwords.\n";
  } else {
    print_passwords(out, result, now, paint);
  }
  if (result.revoked.empty()) return;
  out << '\n';
  Table table({{"REVOKED SIGNED CHALLENGE"}, {"WHEN"}, {"BY", false, true}});
  for (const auto& one : result.revoked) {
    table.add(
        {Cell(safe(one.id)), Cell(relative(one.revoked_at, now)), Cell(safe(one.revoked_by))});
  }
  table.print(out, paint);
}

void print_revoked(std::ostream& out, const wire::ChallengeRevokedResult& revoked) {
  out << safe(revoked.id) << ": revoked";
  if (!revoked.was.empty()) out << ", was " << state_text(revoked.was);
  out << '\n';
  if (revoked.was == "used") out << "Its certificate stays valid.\n";
  if (revoked.was == "in_use") {
    out << "The enrollment that uses it goes on: `certconnector jobs cancel ID` ends it.\n";
  }
}

}  // namespace certconnector::cli
