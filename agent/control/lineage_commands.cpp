#include "agent/control/lineage_commands.h"

#include <algorithm>
#include <utility>

#include "agent/control/job_filter_values.h"
#include "agent/control/local_revocation.h"
#include "agent/control/named_certificates.h"
#include "agent/control/request_errors.h"
#include "agent/control/wire.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

constexpr std::size_t kShown = 50;          // certificates, the newest
constexpr std::size_t kMostRevoked = 1000;  // by one command
constexpr std::size_t kMembersPage = 500;
constexpr Duration kForAllJobs = std::chrono::seconds(10);  // for all jobs of a command

Result<core::ListedCertificate> find_member(const std::string& id,
                                            const std::optional<std::string>& ca,
                                            const CaNames& names, const IssueRecords& issues) {
  CC_TRY_ASSIGN(const auto named, parse_ca(ca, names));
  return find_one_certificate(id, named, issues.certificates);
}

Error no_lineage(const std::string& id) {
  return {RequestErrc::no_such_certificate, ErrorKind::permanent,
          "the agent knows no lineage of the certificate " + id};
}

wire::LineageResult on_wire(const core::LineageState& state) {
  wire::LineageResult result;
  result.lineage = std::to_string(state.id.value);
  result.compromised = state.compromised;
  result.in_force = state.in_force;
  result.under_way = state.under_way;
  result.renewed_in_a_day = state.lately;
  result.allowed = state.allowed;
  return result;
}

Result<wire::LineageResult> with_certificates(const core::LineageState& state, const CaNames& names,
                                              CertificateLookups& lookups,
                                              const IssueRecords& issues, const Clock& clock) {
  core::CertificateFilter filter;
  filter.lineage = state.id;
  filter.limit = kShown;
  CC_TRY_ASSIGN(const core::CertificatePage page, issues.certificates.list(filter));
  wire::LineageResult result = on_wire(state);
  for (const core::ListedCertificate& listed : page.certificates) {
    result.certificates.push_back(certificate_on_wire(listed, names, lookups, clock));
  }
  result.more = page.next.has_value();
  return result;
}

// A hold is replaced.
bool is_to_be_revoked(const core::CertificateRecord& record, core::RevocationReason reason,
                      Timestamp wall) {
  if (record.entry.certificate.not_after <= wall) return false;
  if (!record.revocation) return true;
  return record.revocation->reason == core::RevocationReason::certificate_hold &&
         reason != core::RevocationReason::certificate_hold;
}

Result<std::vector<core::ListedCertificate>> members_in_force(core::LineageId lineage,
                                                              core::RevocationReason reason,
                                                              const IssueRecords& issues,
                                                              Timestamp wall) {
  std::vector<core::ListedCertificate> members;
  core::CertificateFilter filter;
  filter.lineage = lineage;
  filter.limit = kMembersPage;
  for (;;) {
    CC_TRY_ASSIGN(core::CertificatePage page, issues.certificates.list(filter));
    for (core::ListedCertificate& listed : page.certificates) {
      if (is_to_be_revoked(listed.record, reason, wall)) members.push_back(std::move(listed));
    }
    if (!page.next || members.size() >= kMostRevoked) return members;
    filter.after = page.next;
  }
}

wire::LineageRevocation revocation_on_wire(const core::ListedCertificate& member,
                                           const core::JobRecord& job) {
  wire::LineageRevocation one;
  one.serial = text::to_hex(member.record.entry.certificate.serial);
  one.job = job.job.key.id;
  one.state = std::string(core::to_string(job.ended_as.value_or(job.state)));
  if (!job.outcome) return one;
  if (const auto* revoked = std::get_if<core::Revoked>(&*job.outcome)) one.revoked_at = revoked->at;
  if (const auto* failed = std::get_if<core::Failed>(&*job.outcome)) one.problem = failed->message;
  return one;
}

}  // namespace

Result<wire::LineageResult> show_lineage(const wire::CertArguments& arguments,
                                         StatusOperations& agent, CertificateLookups& lookups,
                                         const IssueRecords& issues, const Clock& clock) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const std::string id, full_serial(arguments.id, issues.certificates));
  CC_TRY_ASSIGN(const auto member, find_member(id, arguments.ca, names, issues));
  CC_TRY_ASSIGN(const auto state, issues.lineages.find(member.record.lineage, clock.now()));
  if (!state) return no_lineage(arguments.id);
  return with_certificates(*state, names, lookups, issues, clock);
}

Result<wire::LineageResult> allow_renewals(const wire::LineageAllowArguments& arguments,
                                           StatusOperations& agent, CertificateLookups& lookups,
                                           const IssueRecords& issues, const Clock& clock) {
  if (arguments.count < 1 || arguments.count > wire::kMaxRenewalsAllowed) {
    return bad_value("a command allows 1 to " + std::to_string(wire::kMaxRenewalsAllowed) +
                     " renewals");
  }
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const std::string id, full_serial(arguments.id, issues.certificates));
  CC_TRY_ASSIGN(const auto member, find_member(id, arguments.ca, names, issues));
  CC_TRY_ASSIGN(const auto before, issues.lineages.find(member.record.lineage, clock.now()));
  if (!before) return no_lineage(arguments.id);
  if (before->compromised) {
    return Error(RequestErrc::bad_value, ErrorKind::permanent,
                 "a certificate of this lineage was revoked for keyCompromise, so nobody can allow "
                 "a renewal; let the device enroll anew with a challenge and a new key");
  }
  CC_TRY_ASSIGN(
      const auto state,
      issues.lineages.allow(before->id, static_cast<std::size_t>(arguments.count), clock.now()));
  return with_certificates(state, names, lookups, issues, clock);
}

Result<wire::LineageRevokedResult> revoke_lineage(const wire::CertRevokeArguments& arguments,
                                                  StatusOperations& agent,
                                                  const IssueRecords& issues, JobOperations& jobs,
                                                  const Clock& clock, const Caller& caller) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const core::RevocationReason reason, parse_revocation_reason(arguments.reason));
  if (reason == core::RevocationReason::remove_from_crl) {
    return bad_value("a hold is lifted for each certificate by its own");
  }
  CC_TRY_ASSIGN(const auto named, find_member(arguments.serial, arguments.ca, names, issues));
  if (names.count(named.ca) == 0) {
    return Error(RequestErrc::no_such_ca, ErrorKind::permanent,
                 "the CA of this certificate is none of the agent's: revoke it there");
  }
  const core::LineageId lineage = named.record.lineage;
  wire::LineageRevokedResult result;
  result.lineage = std::to_string(lineage.value);
  // First: no renewal comes in between.
  if (reason == core::RevocationReason::key_compromise) {
    CC_TRY(issues.lineages.compromise(lineage));
    result.compromised = true;
  }
  CC_TRY_ASSIGN(const auto members, members_in_force(lineage, reason, issues, clock.wall()));
  const Timestamp until = clock.now() + kForAllJobs;
  for (const core::ListedCertificate& member : members) {
    const core::NewJob made =
        make_local_revocation({member.ca, member.record.entry.certificate.serial, reason}, caller);
    CC_TRY_ASSIGN(const core::JobRecord job,
                  jobs.run_job(made, std::max(until - clock.now(), Duration(0))));
    result.revocations.push_back(revocation_on_wire(member, job));
  }
  return result;
}

}  // namespace certconnector::control
