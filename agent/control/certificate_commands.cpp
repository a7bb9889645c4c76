#include "agent/control/certificate_commands.h"

#include <algorithm>
#include <array>

#include "agent/control/certificate_lookup.h"
#include "agent/control/issued_search.h"
#include "agent/control/job_filter_values.h"
#include "agent/control/local_revocation.h"
#include "agent/control/request_errors.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/crypto/certificate.h"
#include "common/text/base64.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

enum class WithDer { no, yes };

std::string status_of(const LookupAnswer& answer, Timestamp not_after, Timestamp wall) {
  if (answer.record && answer.record->revocation) return "revoked";
  if (not_after <= wall) return "expired";
  return answer.result == LookupResult::known ? "valid" : "unknown";
}

Result<wire::Certificate> to_wire(const FoundIssue& issue, const CaNames& names, WithDer with_der,
                                  CertificateLookups& lookups, const Clock& clock) {
  const core::IssuedCertificate& issued = issue.certificate;
  CC_TRY_ASSIGN(const LookupAnswer answer,
                look_up(lookups, issue.ca, core::CertificateId{issued.serial, {}}));
  wire::Certificate out;
  out.serial = text::to_hex(issued.serial);
  out.sha256 = text::to_hex(crypto::view(crypto::sha256(issued.certificate)));
  out.subject = subject_of(issued);
  out.ca = issue.ca;
  if (const auto name = names.find(issue.ca); name != names.end()) out.ca_name = name->second;
  out.template_name = issue.template_name;
  out.not_before = issued.not_before;
  out.not_after = issued.not_after;
  out.status = status_of(answer, issued.not_after, clock.wall());
  if (answer.record && answer.record->revocation) {
    out.revoked_at = answer.record->revocation->at;
    out.revocation_reason = std::string(core::to_string(answer.record->revocation->reason));
  }
  if (issue.job) {
    out.source = std::string(core::to_string(issue.job->source));
    out.instance = issue.job->instance;
    out.job = issue.job->id;
    out.issued_at = issue.issued_at;
  }
  if (issue.enrollment) {
    out.transaction = issue.enrollment->key.transaction_id;
    out.device = issue.enrollment->device;
    out.challenge = issue.enrollment->challenge;
  }
  if (with_der == WithDer::yes) out.certificate = text::to_base64(issued.certificate);
  return out;
}

Result<IssueFilter> filter_of(const wire::CertsListArguments& arguments, const CaNames& names) {
  IssueFilter filter;
  CC_TRY_ASSIGN(filter.ca, parse_ca(arguments.ca, names));
  CC_TRY_ASSIGN(filter.after, parse_ticket(arguments.after));
  filter.service = arguments.service;
  filter.device = arguments.device;
  filter.subject = arguments.subject;
  if (arguments.limit < 1 || arguments.limit > wire::kMaxCertificatesPage) {
    return bad_value("a page has 1 to " + std::to_string(wire::kMaxCertificatesPage) +
                     " certificates");
  }
  filter.limit = static_cast<std::size_t>(arguments.limit);
  return filter;
}

Error no_such_certificate(const std::string& id) {
  return {RequestErrc::no_such_certificate, ErrorKind::permanent,
          "no certificate with the serial number or thumbprint " + id + " is known"};
}

// Hexadecimal as people copy it: with colons or blanks, in any letter case, with leading 0x or
// zeros.
Result<Bytes> parse_hex(const std::string& given) {
  std::string digits;
  std::copy_if(given.begin(), given.end(), std::back_inserter(digits),
               [](char c) { return c != ':' && c != ' '; });
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    digits.erase(0, 2);
  }
  if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
  auto octets = text::from_hex(digits);
  if (!octets || octets->empty() || octets->size() > std::tuple_size_v<crypto::Sha256>) {
    return bad_value("'" + given + "' is no serial number or thumbprint in hexadecimal");
  }
  return std::move(*octets);
}

// All ids that the digits can mean: twenty octets are a long serial number or a SHA-1.
std::vector<core::CertificateId> ids_of(const Bytes& octets) {
  std::vector<core::CertificateId> ids;
  const auto first =
      std::find_if(octets.begin(), octets.end(), [](auto octet) { return octet != 0; });
  if (octets.size() <= kMaxSerial + 1 && first != octets.end()) {
    ids.push_back({Bytes(first, octets.end()), {}});
  }
  if (octets.size() == std::tuple_size_v<crypto::Sha1> ||
      octets.size() == std::tuple_size_v<crypto::Sha256>) {
    ids.push_back({{}, octets});
  }
  return ids;
}

FoundIssue from_lookup(FoundCertificate found) {
  FoundIssue issue;
  issue.ca = std::move(found.ca);
  issue.template_name = std::move(found.record.entry.template_name);
  issue.certificate = std::move(found.record.entry.certificate);
  return issue;
}

// The CA knows the certificate until it expires; its job knows its source.
Result<FoundIssue> find_issue(const wire::CertArguments& wanted, const CaNames& names,
                              CertificateLookups& lookups, const IssueRecords& issues) {
  CC_TRY_ASSIGN(const auto ca, parse_ca(wanted.ca, names));
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(wanted.id));
  for (const core::CertificateId& id : ids_of(octets)) {
    CC_TRY_ASSIGN(auto found, find_certificate_of_cas(lookups, names, ca, id));
    const auto fingerprint = found ? std::make_optional(found->ca) : ca;
    const core::CertificateId matched =
        found ? core::CertificateId{found->record.entry.certificate.serial, {}} : id;
    CC_TRY_ASSIGN(auto issue, find_issued(issues, fingerprint, matched));
    if (issue) return std::move(*issue);
    if (found) return from_lookup(std::move(*found));
  }
  return no_such_certificate(wanted.id);
}

Result<core::RevocationReason> parse_reason(const std::string& name) {
  if (name.empty()) return core::RevocationReason::unspecified;
  constexpr std::int64_t kHighestReason = 10;
  std::string known;
  for (std::int64_t value = 0; value <= kHighestReason; ++value) {
    const auto reason = core::revocation_reason(value);
    if (!reason) continue;
    if (core::to_string(*reason) == name) return *reason;
    known += (known.empty() ? "" : ", ") + std::string(core::to_string(*reason));
  }
  return bad_value("no revocation reason '" + name + "'; there are " + known);
}

// The CA that the caller named, else the one that issued the certificate, else the only one.
Result<core::CaFingerprint> choose_ca(CertificateLookups& lookups, const CaNames& names,
                                      const wire::CertRevokeArguments& wanted,
                                      const Bytes& serial) {
  CC_TRY_ASSIGN(const auto named, parse_ca(wanted.ca, names));
  CC_TRY_ASSIGN(const auto found,
                find_certificate_of_cas(lookups, names, named, core::CertificateId{serial, {}}));
  if (found) return found->ca;
  std::vector<core::CaFingerprint> silent;
  for (const auto& [fingerprint, name] : names) {
    if (named && *named != fingerprint) continue;
    if (lookups.certificates_of(fingerprint) == nullptr) silent.push_back(fingerprint);
  }
  if (silent.size() == 1) return silent.front();
  if (silent.empty()) return no_such_certificate(wanted.serial);
  return bad_value("several CAs may have issued it: name one with --ca");
}

wire::CertRevokeResult revocation_result(const core::JobRecord& job, const CaNames& names) {
  wire::CertRevokeResult result;
  result.job = job.job.key.id;
  result.state = std::string(core::to_string(job.ended_as.value_or(job.state)));
  if (const auto name = names.find(job.job.ca); name != names.end()) result.ca_name = name->second;
  if (!job.outcome) return result;
  if (const auto* revoked = std::get_if<core::Revoked>(&*job.outcome)) {
    result.revoked_at = revoked->at;
    result.already_revoked = revoked->already;
  }
  return result;
}

}  // namespace

Result<wire::CertsListResult> list_certificates(const wire::CertsListArguments& arguments,
                                                StatusOperations& agent,
                                                CertificateLookups& lookups,
                                                const IssueRecords& issues, const Clock& clock) {
  const CaNames names = ca_names(agent.status().cas);
  CC_TRY_ASSIGN(const IssueFilter filter, filter_of(arguments, names));
  CC_TRY_ASSIGN(const IssuePage page, list_issued(issues, filter));
  wire::CertsListResult result;
  for (const FoundIssue& issue : page.issues) {
    CC_TRY_ASSIGN(auto certificate, to_wire(issue, names, WithDer::no, lookups, clock));
    result.certificates.push_back(std::move(certificate));
  }
  if (page.next) result.next = std::to_string(page.next->value);
  result.searched_to = page.searched_to;
  return result;
}

Result<wire::CertShowResult> show_certificate(const wire::CertArguments& arguments,
                                              StatusOperations& agent, CertificateLookups& lookups,
                                              const IssueRecords& issues, const Clock& clock) {
  const CaNames names = ca_names(agent.status().cas);
  CC_TRY_ASSIGN(const FoundIssue issue, find_issue(arguments, names, lookups, issues));
  CC_TRY_ASSIGN(auto certificate, to_wire(issue, names, WithDer::yes, lookups, clock));
  return wire::CertShowResult{std::move(certificate)};
}

Result<wire::CertRevokeResult> revoke_certificate(const wire::CertRevokeArguments& arguments,
                                                  StatusOperations& agent,
                                                  CertificateLookups& lookups, JobOperations& jobs,
                                                  const Caller& caller) {
  const CaNames names = ca_names(agent.status().cas);
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(arguments.serial));
  const auto ids = ids_of(octets);
  if (ids.empty() || ids.front().serial.empty()) {
    return bad_value("'" + arguments.serial + "' is no serial number");
  }
  const Bytes& serial = ids.front().serial;
  CC_TRY_ASSIGN(const core::RevocationReason reason, parse_reason(arguments.reason));
  CC_TRY_ASSIGN(const core::CaFingerprint ca, choose_ca(lookups, names, arguments, serial));
  CC_TRY_ASSIGN(const core::JobRecord job, revoke_now(jobs, {ca, serial, reason}, caller));
  const auto* failed = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  if (failed != nullptr) {
    return Error(RequestErrc::not_revoked, ErrorKind::permanent,
                 failed->message + " (" + failed->code + ", job " + job.job.key.id + ")");
  }
  return revocation_result(job, names);
}

}  // namespace certconnector::control
