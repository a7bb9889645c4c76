#include "agent/ca/foreign_ca.h"

#include <algorithm>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/core/failure_codes.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {

ForeignCa::ForeignCa(const CaSection& section, std::vector<crypto::Certificate> chain)
    : name_(section.name),
      backend_(section.backend),
      templates_(section.templates),
      chain_(std::move(chain)) {}

core::CaDescription ForeignCa::describe() const {
  const crypto::Certificate& own = chain_.front();
  core::CaDescription description;
  description.name = name_;
  description.backend = backend_;
  description.fingerprint = text::to_hex(crypto::view(own.sha256()));
  description.subject = own.subject_text();
  description.not_after = own.not_after();
  for (const TemplateSettings& one : templates_) {
    if (!one.agent_only) description.templates.push_back({one.name, one.approval});
  }
  return description;
}

std::vector<Bytes> ForeignCa::chain() const {
  std::vector<Bytes> certificates;
  certificates.reserve(chain_.size());
  for (const crypto::Certificate& one : chain_) certificates.push_back(one.der());
  return certificates;
}

Status ForeignCa::check_dates(Timestamp now) const {
  for (const crypto::Certificate& one : chain_) {
    if (one.not_before() <= now && now < one.not_after()) continue;
    return Error(now < one.not_before() ? CaErrc::not_yet_valid : CaErrc::expired,
                 ErrorKind::permanent,
                 "the certificate of " + one.subject_text() + " is valid from " +
                     to_rfc3339(one.not_before()) + " to " + to_rfc3339(one.not_after()));
  }
  return {};
}

const TemplateSettings* ForeignCa::find_template(const core::Submission& submission) const {
  const auto found =
      std::find_if(templates_.begin(), templates_.end(),
                   [&](const TemplateSettings& t) { return t.name == submission.template_name; });
  if (found == templates_.end() || (found->agent_only && !submission.for_agent)) return nullptr;
  return &*found;
}

std::optional<core::SubmitAnswer> ForeignCa::refuse(const core::Submission& submission) const {
  const TemplateSettings* found = find_template(submission);
  if (found == nullptr) {
    return core::DeniedByCa{core::failed(
        core::failure::kUnknownTemplate,
        "CA " + name_ + " has no template " + submission.template_name + "; add [template." +
            submission.template_name + "] to the configuration or name another one")};
  }
  if (!found->approval || submission.approved) return std::nullopt;
  return core::NeedsApproval{"template " + found->name + " asks for a person's approval"};
}

bool ForeignCa::is_for_agent(const core::Submission& submission) const {
  const TemplateSettings* found = find_template(submission);
  return found != nullptr && found->agent_only;
}

core::Issued issued(const crypto::Certificate& certificate) {
  core::Issued issued;
  issued.certificate.certificate = certificate.der();
  issued.certificate.serial = certificate.serial();
  issued.certificate.not_before = certificate.not_before();
  issued.certificate.not_after = certificate.not_after();
  return issued;
}

}  // namespace certconnector::ca
