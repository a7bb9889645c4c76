#include "agent/cli/certificate_view.h"

#include <ostream>

#include "agent/cli/lines.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

Style status_style(const std::string& status) {
  if (status == "valid") return Style::good;
  return status == "revoked" || status == "expired" ? Style::bad : Style::plain;
}

std::string ca_text(const wire::Certificate& one) {
  return safe(one.ca_name.empty() ? one.ca.substr(0, 12) : one.ca_name);
}

std::string issued_for(const wire::Certificate& one) {
  if (one.source == "scep") {
    return "SCEP service " + safe(one.instance) + ", transaction " + safe(one.transaction) +
           ", job " + safe(one.job);
  }
  if (one.source == "management") {
    return "endpoint " + safe(one.instance) + ", job " + safe(one.job);
  }
  if (one.source == "local") return "the agent itself, job " + safe(one.job);
  return "not known: the agent recorded it without a job";
}

// The same in a table's cell.
std::string origin_text(const wire::Certificate& one) {
  if (one.source == "scep") {
    return "scep " + safe(one.instance) + (one.device.empty() ? "" : ", " + safe(one.device));
  }
  return one.source == "local" ? "the agent" : safe(one.source + " " + one.instance);
}

}  // namespace

void print_certificates(std::ostream& out, const wire::CertsListResult& result, Timestamp now,
                        const Paint& paint) {
  if (result.certificates.empty()) {
    out << "No certificates.\n";
    return;
  }
  Table table({{"SERIAL"},
               {"STATUS"},
               {"CA", false, true},
               {"EXPIRES"},
               {"SUBJECT", false, true},
               {"ISSUED FOR", false, true}});
  for (const auto& one : result.certificates) {
    table.add({Cell(safe(one.serial)), Cell(safe(one.status), status_style(one.status)),
               Cell(ca_text(one)), Cell(relative(one.not_after, now)), Cell(safe(one.subject)),
               Cell(origin_text(one))});
  }
  table.print(out, paint);
}

void print_certificate(std::ostream& out, const wire::Certificate& one, Timestamp now,
                       const Paint& paint) {
  Lines lines(out);
  lines.add("Serial", safe(one.serial));
  lines.add("SHA-256", safe(one.sha256));
  lines.add("Subject", safe(one.subject));
  lines.add("CA", ca_text(one) + " (" + safe(one.ca) + ")");
  lines.add("Template", safe(one.template_name));
  lines.add("Valid from", std::optional(one.not_before), now);
  lines.add("Valid to", std::optional(one.not_after), now);
  lines.add("Status", paint(status_style(one.status), safe(one.status)) +
                          (one.status == "unknown" ? ": its CA does not tell this agent" : ""));
  lines.add("Revoked", one.revoked_at, now);
  lines.add("Reason", safe(one.revocation_reason));
  lines.add("Issued for", issued_for(one));
  lines.add("Issued", one.issued_at, now);
  lines.add("Device", safe(one.device));
  lines.add("Challenge", safe(one.challenge));
  lines.add("Lineage", safe(one.lineage));
}

}  // namespace certconnector::cli
