#include "agent/cli/scep_view.h"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "agent/cli/lines.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr std::size_t kBesideLabels = 14;

bool cannot_enroll(const wire::ScepService& service, Timestamp now) {
  if (service.registration) return false;
  return !service.can_enroll || !service.ra || service.ra->not_after <= now;
}

Cell state_cell(const wire::ScepService& service, Timestamp now) {
  if (cannot_enroll(service, now)) return {"cannot enroll", Style::bad};
  if (!service.problem.empty()) return {"works, with a problem", Style::warning};
  return {"works", Style::good};
}

std::string ra_text(const wire::ScepService& service, Timestamp now) {
  if (service.registration) return "-";
  if (!service.ra) return "none yet";
  return (service.ra->not_after <= now ? "expired " : "expires ") +
         relative(service.ra->not_after, now);
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

void print_warning(std::ostream& out, const Paint& paint, const std::string& text) {
  constexpr std::string_view kWord = "warning";
  out << "  " << paint(Style::warning, kWord) << "  "
      << wrapped(text, 4 + kWord.size(), 4, kScreenWidth) << '\n';
}

void print_warnings(std::ostream& out, const wire::ScepService& service, const Paint& paint) {
  if (service.challenge == "static") {
    print_warning(out, paint,
                  "challenge = static: one password for all devices; a device with it gets any "
                  "certificate of the template. For laboratories only.");
  }
  for (const auto& one : service.switches) {
    if (one.on && one.insecure) print_warning(out, paint, one.name + " = yes: " + one.meaning);
  }
}

std::string challenge_text(const std::string& kind) {
  if (kind == "one-time") return "one-time passwords";
  if (kind == "signed") return "signed by the management endpoint";
  if (kind == "endpoint") return "validated by the management endpoint";
  if (kind == "static") return "static: one password for all";
  return safe(kind);
}

void add_addresses(Lines& lines, const wire::ScepService& service,
                   const wire::ScepListResult& list) {
  for (const auto& path : service.paths) {
    if (list.address.empty() && list.tls_address.empty()) {
      lines.add("Address", safe(path) + " (the agent does not listen)");
    }
    if (!list.address.empty()) lines.add("Address", "http://" + safe(list.address + path));
    if (!list.tls_address.empty()) lines.add("Address", "https://" + safe(list.tls_address + path));
  }
}

void print_service(std::ostream& out, const wire::ScepService& service,
                   const wire::ScepListResult& list, Timestamp now, const Paint& paint) {
  Lines lines(out);
  const bool rests = !list.at_rest.empty() && !cannot_enroll(service, now);
  const Cell state = rests ? Cell{"at rest", Style::warning} : state_cell(service, now);
  lines.add("Service", paint(Style::bold, safe(service.name)));
  lines.add("State", paint(state.style, state.text));
  for (const std::string& why : {list.at_rest, service.problem}) {
    lines.add("", why.empty() ? "" : wrapped(why, kBesideLabels, kBesideLabels, kScreenWidth));
  }
  if (service.registration)
    lines.add("Address", "none: devices ask an NDES, and the NDES asks this agent");
  add_addresses(lines, service, list);
  lines.add("CA", safe(service.ca));
  lines.add("Challenge", challenge_text(service.challenge));
  lines.add("Renewal", service.renewal ? "with the old certificate" : "off");
  lines.add("Reports", service.reports ? "to the management endpoint" : "to nobody");
  if (service.ra) {
    lines.add("RA", safe(service.ra->subject) + ", serial " + safe(service.ra->serial));
    lines.add("RA expires", service.ra->not_after, now);
    lines.add("RA renewal", service.ra->renew_at, now);
  }
  if (service.older_ras > 0) {
    lines.add("", std::to_string(service.older_ras) + " older RA certificates still accepted");
  }
  std::vector<std::string> on;
  for (const auto& one : service.switches) {
    if (one.on) on.push_back(safe(one.name));
  }
  lines.add("Switches", on.empty() ? "none on" : joined(on));
  print_warnings(out, service, paint);
}

Style standing_style(const std::string& standing) {
  if (standing == "issued") return Style::good;
  if (standing == "refused" || standing == "revoked" || standing == "withheld") return Style::bad;
  return style_of(standing);
}

// The word of the glossary; programs go on reading "refused".
std::string standing_text(const std::string& standing) {
  return standing == "refused" ? "denied" : safe(standing);
}

void print_one(std::ostream& out, const wire::ScepEnrollment& one,
               const wire::ScepExplanation& story, const Paint& paint) {
  const auto print_part = [&](std::string_view title, const std::string& text) {
    if (!text.empty()) out << '\n' << title << "\n  " << wrapped(text, 2, 2, kScreenWidth) << '\n';
  };
  out << "Transaction " << safe(one.transaction) << " at service " << safe(one.service) << " is "
      << paint(standing_style(one.standing), standing_text(one.standing)) << ".\n\nWhat happened\n";
  for (const auto& sentence : story.happened) {
    out << "  " << wrapped(sentence, 2, 4, kScreenWidth) << '\n';
  }
  print_part("Why", story.why);
  print_part("What to do", story.next);
  if (!one.job.empty()) out << "\nIts job is " << safe(one.job) << ".\n";
}

}  // namespace

void print_services(std::ostream& out, const std::vector<wire::ScepService>& services,
                    Timestamp now, const Paint& paint) {
  Table table({{"SCEP", false, true}, {"STATE"}, {"CA", false, true}, {"CHALLENGE"}, {"RA"}});
  for (const auto& service : services) {
    table.add(
        {Cell(safe(service.name)), state_cell(service, now), Cell(safe(service.ca)),
         Cell(safe(service.challenge),
              service.challenge == "static" ? Style::warning : Style::plain),
         Cell(ra_text(service, now), cannot_enroll(service, now) ? Style::bad : Style::plain)});
  }
  table.print(out, paint);
}

void print_service_list(std::ostream& out, const wire::ScepListResult& result, Timestamp now,
                        const Paint& paint) {
  if (result.services.empty()) {
    out << "No SCEP service is configured. To add one, write a [scep.NAME] section in "
           "certconnectord.conf.\n";
    return;
  }
  for (const auto& service : result.services) {
    if (&service != &result.services.front()) out << '\n';
    print_service(out, service, result, now, paint);
  }
}

void print_caps(std::ostream& out, const wire::ScepCapsResult& caps, const Paint& paint) {
  out << "GetCACaps of " << safe(caps.service) << " answers\n";
  constexpr int kNameWidth = 18;
  for (const auto& one : caps.capabilities) {
    out << "  " << std::left << std::setw(kNameWidth) << safe(one.name) << safe(one.meaning)
        << '\n';
  }
  out << "\nSwitches\n";
  for (const auto& one : caps.switches) {
    const Style style = one.on && one.insecure ? Style::warning : Style::plain;
    out << "  " << paint(style, safe(one.name) + " = " + (one.on ? "yes" : "no")) << "\n    "
        << wrapped(one.meaning, 4, 4, kScreenWidth) << '\n';
  }
}

void print_enrollments(std::ostream& out, const wire::ScepExplainResult& found, Timestamp now,
                       const Paint& paint) {
  if (found.enrollments.size() == 1 && found.story) {
    return print_one(out, found.enrollments.front(), *found.story, paint);
  }
  Table table({{"NUMBER", true},
               {"ASKED"},
               {"SERVICE", false, true},
               {"STANDING"},
               {"TRANSACTION", false, true},
               {"DEVICE", false, true},
               {"SUBJECT", false, true}});
  for (const auto& one : found.enrollments) {
    table.add({Cell(std::to_string(one.number)), Cell(relative(one.at, now)),
               Cell(safe(one.service)),
               Cell(standing_text(one.standing), standing_style(one.standing)),
               Cell(safe(one.transaction)), Cell(safe(one.device)), Cell(safe(one.subject))});
  }
  table.print(out, paint);
  if (found.more) out << "There are older ones.\n";
}

void print_scep_test(std::ostream& out, const wire::ScepTestResult& test, const Paint& paint) {
  constexpr int kTimeWidth = 6;
  for (const auto& step : test.steps) {
    out << "  " << std::right << std::setw(kTimeWidth) << step.milliseconds << " ms  "
        << wrapped(step.what, 13, 13, kScreenWidth) << '\n';
  }
  if (test.passed) {
    out << paint(Style::good, "passed") << ": a device can enroll at " << safe(test.service)
        << " the way this test went, from this machine\n";
    return;
  }
  out << paint(Style::bad, "failed") << ": " << wrapped(test.failure, 8, 8, kScreenWidth) << '\n';
  if (!test.next.empty()) out << "  " << wrapped(test.next, 2, 2, kScreenWidth) << '\n';
}

}  // namespace certconnector::cli
