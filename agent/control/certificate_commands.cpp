#include "agent/control/certificate_commands.h"

#include <algorithm>
#include <array>

#include "agent/control/job_filter_values.h"
#include "agent/control/local_revocation.h"
#include "agent/control/named_certificates.h"
#include "agent/control/request_errors.h"
#include "agent/control/revocation_reasons.h"
#include "agent/control/wire.h"
#include "agent/core/certificate_filter.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/crypto/digest.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

enum class WithDer { no, yes };

// An embedded CA tells this agent of each revocation; other CAs tell nothing.
std::string status_of(const core::ListedCertificate& listed, CertificateLookups& lookups,
                      Timestamp wall) {
  if (listed.record.revocation) return "revoked";
  if (listed.record.entry.certificate.not_after <= wall) return "expired";
  return lookups.certificates_of(listed.ca) != nullptr ? "valid" : "unknown";
}

void add_holder(const core::CertificateHolder& holder, wire::Certificate& out) {
  out.transaction = holder.transaction_id;
  out.device = holder.device;
  out.challenge = holder.challenge;
  if (holder.instance.empty()) return;
  out.source = std::string(core::to_string(holder.source));
  out.instance = holder.instance;
  out.job = holder.job;
}

wire::Certificate to_wire(const core::ListedCertificate& listed, const CaNames& names,
                          WithDer with_der, CertificateLookups& lookups, const Clock& clock) {
  const core::IssuedCertificate& issued = listed.record.entry.certificate;
  wire::Certificate out;
  out.serial = text::to_hex(issued.serial);
  out.sha256 = text::to_hex(crypto::view(crypto::sha256(issued.certificate)));
  out.subject = core::subject_of(issued);
  out.ca = listed.ca;
  if (const auto name = names.find(listed.ca); name != names.end()) out.ca_name = name->second;
  out.template_name = listed.record.entry.template_name;
  out.not_before = issued.not_before;
  out.not_after = issued.not_after;
  out.status = status_of(listed, lookups, clock.wall());
  if (listed.record.revocation) {
    out.revoked_at = listed.record.revocation->at;
    out.revocation_reason = std::string(core::to_string(listed.record.revocation->reason));
  }
  out.issued_at = listed.key.recorded;
  add_holder(listed.record.entry.holder, out);
  if (listed.record.lineage.value != 0) out.lineage = std::to_string(listed.record.lineage.value);
  if (with_der == WithDer::yes) out.certificate = text::to_base64(issued.certificate);
  return out;
}

// A cursor of a list: "entry.milliseconds".
std::string cursor_of(const core::CertificateKey& key) {
  return std::to_string(key.entry) + "." + std::to_string(to_millis(key.recorded));
}

Result<std::optional<core::CertificateKey>> parse_cursor(const std::optional<std::string>& text) {
  if (!text) return std::optional<core::CertificateKey>();
  const std::size_t dot = text->find('.');
  const auto entry = parse_number(std::string_view(*text).substr(0, dot));
  const auto recorded = dot == std::string::npos
                            ? std::nullopt
                            : parse_number(std::string_view(*text).substr(dot + 1));
  if (!entry || !recorded) return bad_value("'" + *text + "' is not the `next` of a page before");
  return std::make_optional(core::CertificateKey{*entry, from_millis(*recorded)});
}

// Its number, or a certificate of it: serial numbers of embedded CAs are longer than any number.
Result<std::optional<core::LineageId>> parse_lineage(const std::optional<std::string>& text,
                                                     core::CertificateStore& certificates) {
  if (!text) return std::optional<core::LineageId>();
  if (const auto value = parse_number(*text)) return std::make_optional(core::LineageId{*value});
  CC_TRY_ASSIGN(const auto member, find_one_certificate(*text, std::nullopt, certificates));
  return std::make_optional(member.record.lineage);
}

Result<core::CertificateFilter> filter_of(const wire::CertsListArguments& arguments,
                                          const CaNames& names,
                                          core::CertificateStore& certificates) {
  core::CertificateFilter filter;
  CC_TRY_ASSIGN(filter.ca, parse_ca(arguments.ca, names));
  CC_TRY_ASSIGN(filter.after, parse_cursor(arguments.after));
  CC_TRY_ASSIGN(filter.lineage, parse_lineage(arguments.lineage, certificates));
  filter.service = arguments.service;
  filter.device = arguments.device;
  filter.transaction_id = arguments.transaction;
  filter.subject = arguments.subject;
  filter.since = arguments.since;
  filter.until = arguments.until;
  if (arguments.limit < 1 || arguments.limit > wire::kMaxCertificatesPage) {
    return bad_value("a page has 1 to " + std::to_string(wire::kMaxCertificatesPage) +
                     " certificates");
  }
  filter.limit = static_cast<std::size_t>(arguments.limit);
  return filter;
}

// Hexadecimal as people copy it: with colons or blanks, in any letter case, with leading 0x or
// zeros.
std::string digits_of(const std::string& given) {
  std::string digits;
  std::copy_if(given.begin(), given.end(), std::back_inserter(digits),
               [](char c) { return c != ':' && c != ' '; });
  digits = text::to_lower(digits);
  if (digits.size() > 2 && digits.compare(0, 2, "0x") == 0) digits.erase(0, 2);
  return digits;
}

Error no_such_certificate(const std::string& id) {
  return {RequestErrc::no_such_certificate, ErrorKind::permanent,
          "no certificate with the serial number or thumbprint " + id + " is known" +
              too_short_in_words(digits_of(id))};
}

Result<Bytes> parse_hex(const std::string& given) {
  std::string digits = digits_of(given);
  if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
  auto octets = text::from_hex(digits);
  if (!octets || octets->empty() || octets->size() > std::tuple_size_v<crypto::Sha256>) {
    return bad_value("'" + given + "' is no serial number or thumbprint in hexadecimal");
  }
  return std::move(*octets);
}

constexpr std::size_t kMaxSerial = 20;  // octets, RFC 5280 section 4.1.2.2

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

// The certificates that the digits can mean, the newest first.
Result<std::vector<core::ListedCertificate>> find_named(
    const Bytes& octets, const std::optional<core::CaFingerprint>& ca,
    core::CertificateStore& certificates) {
  for (const core::CertificateId& id : ids_of(octets)) {
    CC_TRY_ASSIGN(auto found, certificates.find(id));
    const auto is_other = [&](const core::ListedCertificate& one) { return ca && one.ca != *ca; };
    found.erase(std::remove_if(found.begin(), found.end(), is_other), found.end());
    if (!found.empty()) return found;
  }
  return std::vector<core::ListedCertificate>();
}

struct Revocable {
  core::CaFingerprint ca;
  Bytes serial;
};

// The names of the CAs that were in use elsewhere before, and may have issued anything there.
Result<std::vector<std::string>> issuers_of_unknown(
    CertificateLookups& lookups, const CaNames& names,
    const std::optional<core::CaFingerprint>& named) {
  std::vector<std::string> found;
  for (const auto& [fingerprint, name] : names) {
    const auto known = lookups.certificates_of(fingerprint);
    if (known == nullptr || (named && *named != fingerprint)) continue;
    CC_TRY_ASSIGN(const bool more, known->may_have_issued_more());
    if (more) found.push_back(name);
  }
  return found;
}

// A number with a slip of the pen would be revoked as well: the caller has to name the CA.
Error perhaps_earlier(const std::string& serial, const std::vector<std::string>& cas) {
  return {RequestErrc::no_such_certificate, ErrorKind::permanent,
          "no certificate with the serial number or thumbprint " + serial +
              " is known. If the CA " + cas.front() +
              " issued it before the agent had the CA, name the CA: --ca " + cas.front()};
}

// The beginning of a number that a CA of ours issued would be another number at the CA that keeps
// no records here, which revokes any number.
Status refuse_beginning(const std::string& given, core::CertificateStore& certificates) {
  CC_TRY_ASSIGN(const auto serials, certificates.serials_with_beginning(digits_of(given), 1));
  if (serials.empty()) return {};
  return bad_value("'" + given + "' is the beginning of the serial number " +
                   text::to_hex(serials.front()) +
                   "; a revocation needs the whole number, or --ca for one of another CA");
}

// Of a certificate that this agent did not record: the CA that the caller named, or the only one,
// of those that keep no register here.
Result<Revocable> choose_silent(CertificateLookups& lookups, const CaNames& names,
                                const std::optional<core::CaFingerprint>& named,
                                const wire::CertRevokeArguments& wanted) {
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(wanted.serial));
  const auto ids = ids_of(octets);
  if (ids.empty()) return bad_value("'" + wanted.serial + "' is no serial number");
  if (ids.front().serial.empty()) return no_such_certificate(wanted.serial);
  std::vector<core::CaFingerprint> silent;
  for (const auto& [fingerprint, name] : names) {
    if (named && *named != fingerprint) continue;
    if (lookups.certificates_of(fingerprint) == nullptr) silent.push_back(fingerprint);
  }
  CC_TRY_ASSIGN(const auto earlier, issuers_of_unknown(lookups, names, named));
  if (named && !earlier.empty()) return Revocable{*named, ids.front().serial};
  if (silent.empty() && !earlier.empty()) return perhaps_earlier(wanted.serial, earlier);
  if (silent.size() == 1) return Revocable{silent.front(), ids.front().serial};
  if (silent.empty()) return no_such_certificate(wanted.serial);
  return bad_value("several CAs may have issued it: name one with --ca");
}

Result<Revocable> choose_revocable(CertificateLookups& lookups, const CaNames& names,
                                   const IssueRecords& issues,
                                   const wire::CertRevokeArguments& wanted) {
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(wanted.serial));
  CC_TRY_ASSIGN(const auto named, parse_ca(wanted.ca, names));
  CC_TRY_ASSIGN(const auto found, find_named(octets, named, issues.certificates));
  if (found.empty()) {
    if (!named) CC_TRY(refuse_beginning(wanted.serial, issues.certificates));
    return choose_silent(lookups, names, named, wanted);
  }
  const core::ListedCertificate& first = found.front();
  const bool several =
      std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.ca != first.ca; });
  if (several) return bad_value("several CAs have issued such a certificate: name one with --ca");
  if (names.count(first.ca) != 0) {
    return Revocable{first.ca, first.record.entry.certificate.serial};
  }
  return Error(RequestErrc::no_such_ca, ErrorKind::permanent,
               "the CA of this certificate is none of the agent's: revoke it there");
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
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const core::CertificateFilter filter,
                filter_of(arguments, names, issues.certificates));
  CC_TRY_ASSIGN(const core::CertificatePage page, issues.certificates.list(filter));
  wire::CertsListResult result;
  for (const core::ListedCertificate& listed : page.certificates) {
    result.certificates.push_back(to_wire(listed, names, WithDer::no, lookups, clock));
  }
  if (!page.next) return result;
  result.next = cursor_of(*page.next);
  result.searched_to = page.searched_to.value_or(page.next->recorded);
  return result;
}

Result<wire::CertShowResult> show_certificate(const wire::CertArguments& arguments,
                                              StatusOperations& agent, CertificateLookups& lookups,
                                              const IssueRecords& issues, const Clock& clock) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const auto ca, parse_ca(arguments.ca, names));
  std::string id = arguments.id;
  if (!arguments.exact) {
    CC_TRY_ASSIGN(id, full_serial(id, issues.certificates));
  }
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(id));
  CC_TRY_ASSIGN(const auto found, find_named(octets, ca, issues.certificates));
  if (found.empty()) return no_such_certificate(arguments.id);
  return wire::CertShowResult{to_wire(found.front(), names, WithDer::yes, lookups, clock)};
}

Result<wire::CertRevokeResult> revoke_certificate(const wire::CertRevokeArguments& arguments,
                                                  StatusOperations& agent,
                                                  CertificateLookups& lookups,
                                                  const IssueRecords& issues, JobOperations& jobs,
                                                  const Caller& caller) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const core::RevocationReason reason, parse_reason(arguments.reason));
  CC_TRY_ASSIGN(const Revocable one, choose_revocable(lookups, names, issues, arguments));
  CC_TRY_ASSIGN(const core::JobRecord job, revoke_now(jobs, {one.ca, one.serial, reason}, caller));
  const auto* failed = job.outcome ? std::get_if<core::Failed>(&*job.outcome) : nullptr;
  if (failed != nullptr) {
    return Error(RequestErrc::not_revoked, ErrorKind::permanent,
                 failed->message + " (" + failed->code + ", job " + job.job.key.id + ")");
  }
  return revocation_result(job, names);
}

Result<std::string> full_serial(const std::string& id, core::CertificateStore& certificates) {
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(id));
  CC_TRY_ASSIGN(const auto found, find_named(octets, std::nullopt, certificates));
  const std::string digits = digits_of(id);
  if (!found.empty() || digits.size() < wire::kShortestId) return id;
  CC_TRY_ASSIGN(const auto serials,
                certificates.serials_with_beginning(digits, wire::kMaxIdsListed + 1));
  if (serials.empty()) return id;
  if (serials.size() == 1) return text::to_hex(serials.front());
  std::vector<std::string> all;
  all.reserve(serials.size());
  for (const Bytes& serial : serials) all.push_back(text::to_hex(serial));
  return ambiguous_id("serial numbers begin with '" + id + "'", all);
}

Result<core::ListedCertificate> find_one_certificate(const std::string& id,
                                                     const std::optional<core::CaFingerprint>& ca,
                                                     core::CertificateStore& certificates) {
  CC_TRY_ASSIGN(const Bytes octets, parse_hex(id));
  CC_TRY_ASSIGN(auto found, find_named(octets, ca, certificates));
  if (found.empty()) return no_such_certificate(id);
  const core::ListedCertificate& first = found.front();
  const bool several =
      std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.ca != first.ca; });
  if (several) return bad_value("several CAs have issued such a certificate: name one with --ca");
  return std::move(found.front());
}

wire::Certificate certificate_on_wire(const core::ListedCertificate& listed, const CaNames& names,
                                      CertificateLookups& lookups, const Clock& clock) {
  return to_wire(listed, names, WithDer::no, lookups, clock);
}

Result<core::RevocationReason> parse_revocation_reason(const std::string& name) {
  return parse_reason(name);
}

}  // namespace certconnector::control
