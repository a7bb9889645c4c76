#include "agent/enrollment/rules/enrollment_identity.h"

namespace certconnector::enrollment {
namespace {

Bytes transaction_material(const core::EnrollmentKey& key) {
  Bytes material = as_bytes(key.service).to_bytes();
  material.push_back(0);
  material.insert(material.end(), key.transaction_id.begin(), key.transaction_id.end());
  material.push_back(0);
  material.insert(material.end(), key.public_key.begin(), key.public_key.end());
  return material;
}

void append_name(Bytes& material, std::string_view name) {
  material.push_back(0);
  material.insert(material.end(), name.begin(), name.end());
}

}  // namespace

EnrollmentIdentity identity_of(const core::NewEnrollment& enrollment) {
  Bytes material = transaction_material(enrollment.key);
  EnrollmentIdentity identity;
  identity.transaction = crypto::sha256(material);
  material.insert(material.end(), enrollment.right.begin(), enrollment.right.end());
  const bool external = enrollment.job.external.has_value();
  if (const auto& rejection = enrollment.job.rejection) {
    append_name(material, rejection->code);
    append_name(material, enrollment.challenge);
  } else {
    if (external || enrollment.challenge.empty()) {
      material.insert(material.end(), enrollment.request.begin(), enrollment.request.end());
    }
    const auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
    if (external) append_name(material, issue.template_name);
  }
  identity.claim = crypto::sha256(material);
  return identity;
}

crypto::Sha256 transaction_identity(const core::EnrollmentKey& key) {
  return crypto::sha256(transaction_material(key));
}

}  // namespace certconnector::enrollment
