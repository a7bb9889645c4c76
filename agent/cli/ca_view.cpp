#include "agent/cli/ca_view.h"

#include <ostream>

#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

std::string crl_text(const wire::Ca& ca, Timestamp now) {
  if (!ca.crl) return "none";
  const auto& crl = *ca.crl;
  return "#" + std::to_string(crl.number) + ", " + std::to_string(crl.entries) +
         (crl.entries == 1 ? " entry" : " entries") +
         (crl.next_update <= now ? ", expired " : ", expires ") + relative(crl.next_update, now);
}

std::string state_of(const wire::Ca& ca) {
  if (ca.sha256.empty()) return ca.set_up ? "unusable" : "not set up";
  if (!ca.healthy) return "unhealthy";
  return ca.message.empty() ? "healthy" : "failing";
}

}  // namespace

void print_cas(std::ostream& out, const std::vector<wire::Ca>& cas, Timestamp now,
               const Paint& paint) {
  if (cas.empty()) {
    out << "No CA is configured; a [ca.NAME] section in certconnectord.conf makes one.\n";
    return;
  }
  Table table({{"CA", false, true},
               {"BACKEND"},
               {"STATE"},
               {"CERTIFICATES", true},
               {"RUNNING", true},
               {"CA EXPIRES"},
               {"CRL", false, true}});
  for (const auto& ca : cas) {
    const std::string state = state_of(ca);
    std::vector<Cell> row{Cell(safe(ca.name)), Cell(safe(ca.backend)),
                          Cell(state, style_of(state))};
    if (!ca.sha256.empty()) {
      row.emplace_back(std::to_string(ca.certificates));
      row.emplace_back(std::to_string(ca.running));
      row.emplace_back(relative(ca.not_after, now),
                       ca.not_after <= now ? Style::bad : Style::plain);
      row.emplace_back(crl_text(ca, now));
    }
    table.add(std::move(row));
  }
  table.print(out, paint);
  for (const auto& ca : cas) {
    if (ca.message.empty()) continue;
    out << "  " << wrapped(ca.name + ": " + ca.message, 2, 6, kScreenWidth) << '\n';
  }
}

void print_ca(std::ostream& out, const wire::Ca& ca, Timestamp now) {
  out << "Name          " << safe(ca.name) << " (" << safe(ca.backend) << ")\n"
      << "State         " << state_of(ca) << '\n';
  if (!ca.message.empty()) out << "              " << safe(ca.message) << '\n';
  if (!ca.sha256.empty()) {
    out << "Subject       " << safe(ca.subject) << '\n'
        << "SHA-256       " << safe(ca.sha256) << '\n'
        << "Expires       " << absolute(ca.not_after) << " (" << relative(ca.not_after, now)
        << ")\n"
        << "Certificates  " << ca.certificates << '\n'
        << "Running       " << ca.running << ", circuit breaker " << safe(ca.breaker) << '\n'
        << "CRL           " << crl_text(ca, now) << '\n';
    if (ca.crl && ca.crl->partitions) {
      out << "              and " << *ca.crl->partitions << " of its partitions\n";
    }
  }
  out << "Templates     ";
  std::string_view separator;
  for (const auto& t : ca.templates) {
    out << separator << safe(t.name) << (t.needs_approval ? " (by approval)" : "");
    separator = ", ";
  }
  out << (ca.templates.empty() ? "none\n" : "\n");
}

}  // namespace certconnector::cli
