#include "agent/jobs/issued_check.h"

#include <algorithm>

#include "common/crypto/name_matching.h"
#include "common/crypto/purposes.h"
#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

std::optional<std::string> differs_in_names(const crypto::Certificate& issued,
                                            const crypto::Pkcs10& request) {
  // By their meaning: a CA may encode them in other string types.
  const auto has_subject = crypto::parse_name(issued.subject());
  const auto asked_subject = crypto::parse_name(request.subject());
  if (!has_subject.ok() || !asked_subject.ok() ||
      !crypto::same_name(*has_subject, *asked_subject)) {
    return "its subject is " + issued.subject_text() + ", and the request has another one";
  }
  auto asked = request.subject_alt_names();
  if (!asked.ok()) return "the request's alternative names cannot be read";
  std::vector<crypto::GeneralName> has = issued.subject_alt_names();
  std::sort(has.begin(), has.end());
  std::sort(asked->begin(), asked->end());
  if (has == *asked) return std::nullopt;
  return "it has " + std::to_string(has.size()) + " subject alternative names, and not the " +
         std::to_string(asked->size()) + " of the request";
}

std::optional<std::string> differs_in_usage(const crypto::Certificate& issued,
                                            const core::UsageBound& at_most) {
  if (at_most.key_usage && (issued.key_usage() & ~*at_most.key_usage) != 0) {
    return "its key usage is more than the job allows";
  }
  if (!at_most.extended_key_usage) return std::nullopt;
  for (const std::string& purpose : issued.extended_key_usage()) {
    const auto& allowed = *at_most.extended_key_usage;
    if (std::find(allowed.begin(), allowed.end(), purpose) == allowed.end()) {
      return "its extended key usage " + crypto::purpose_text(purpose) +
             " is more than the job allows";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> difference(const crypto::Certificate& issued, const AskedFor& asked,
                                      const crypto::Certificate& ca) {
  if (!issued.issued_by(ca)) {
    return "its issuer is " + issued.issuer_text() + ", or its signature is not by the key of " +
           ca.subject_text();
  }
  if (ByteView(issued.public_key_info()) != asked.request.public_key_info()) {
    return std::string("its public key is not the request's");
  }
  if (issued.is_ca()) return std::string("it is a CA certificate");
  if (auto names = differs_in_names(issued, asked.request)) return names;
  if (auto usage = differs_in_usage(issued, asked.at_most)) return usage;
  if (issued.not_after() <= asked.now) {
    return "it ended on " + to_rfc3339(issued.not_after());
  }
  if (asked.not_after_at_most && issued.not_after() > *asked.not_after_at_most) {
    return "it ends on " + to_rfc3339(issued.not_after()) + ", later than asked for";
  }
  return std::nullopt;
}

bool issued_for(const crypto::Certificate& issued, const crypto::Pkcs10& request,
                const crypto::Certificate& ca) {
  return issued.issued_by(ca) && ByteView(issued.public_key_info()) == request.public_key_info();
}

}  // namespace certconnector::jobs
