// The members of certificate_messages.h, as message_fields.h has them. Internal to the codec.
#pragma once

#include "proto/control/certificate_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, CertsListArguments& x) {
  v.visit("service", x.service);
  v.visit("device", x.device);
  v.visit("transaction", x.transaction);
  v.visit("subject", x.subject);
  v.visit("lineage", x.lineage);
  v.visit("ca", x.ca);
  v.visit("since", x.since);
  v.visit("until", x.until);
  v.always("limit", x.limit);
  v.visit("after", x.after);
}

template <typename V>
void describe(V& v, Certificate& x) {
  v.visit("serial", x.serial);
  v.visit("sha256", x.sha256);
  v.visit("subject", x.subject);
  v.visit("ca", x.ca);
  v.may("ca_name", x.ca_name);
  v.may("template", x.template_name);
  v.visit("not_before", x.not_before);
  v.visit("not_after", x.not_after);
  v.visit("status", x.status);
  v.visit("revoked_at", x.revoked_at);
  v.may("revocation_reason", x.revocation_reason);
  v.may("source", x.source);
  v.may("instance", x.instance);
  v.may("job", x.job);
  v.visit("issued_at", x.issued_at);
  v.may("transaction", x.transaction);
  v.may("device", x.device);
  v.may("challenge", x.challenge);
  v.may("lineage", x.lineage);
  v.may("certificate", x.certificate);
}

template <typename V>
void describe(V& v, CertsListResult& x) {
  v.visit("certificates", x.certificates);
  v.visit("next", x.next);
  v.visit("searched_to", x.searched_to);
}

template <typename V>
void describe(V& v, CertArguments& x) {
  v.visit("id", x.id);
  v.visit("ca", x.ca);
  v.may("exact", x.exact);
}

template <typename V>
void describe(V& v, CertShowResult& x) {
  v.visit("certificate", x.certificate);
}

template <typename V>
void describe(V& v, CertRevokeArguments& x) {
  v.visit("serial", x.serial);
  v.visit("ca", x.ca);
  v.may("reason", x.reason);
}

template <typename V>
void describe(V& v, CertRevokeResult& x) {
  v.visit("job", x.job);
  v.visit("state", x.state);
  v.visit("ca_name", x.ca_name);
  v.visit("revoked_at", x.revoked_at);
  v.may("already_revoked", x.already_revoked);
}

template <typename V>
void describe(V& v, LineageAllowArguments& x) {
  v.visit("id", x.id);
  v.visit("ca", x.ca);
  v.always("count", x.count);
}

template <typename V>
void describe(V& v, LineageResult& x) {
  v.visit("lineage", x.lineage);
  v.visit("compromised", x.compromised);
  v.visit("in_force", x.in_force);
  v.visit("under_way", x.under_way);
  v.visit("renewed_in_a_day", x.renewed_in_a_day);
  v.visit("allowed", x.allowed);
  v.visit("certificates", x.certificates);
  v.may("more", x.more);
}

template <typename V>
void describe(V& v, LineageRevocation& x) {
  v.visit("serial", x.serial);
  v.visit("job", x.job);
  v.visit("state", x.state);
  v.visit("revoked_at", x.revoked_at);
  v.may("problem", x.problem);
}

template <typename V>
void describe(V& v, LineageRevokedResult& x) {
  v.visit("lineage", x.lineage);
  v.visit("compromised", x.compromised);
  v.visit("revocations", x.revocations);
}

}  // namespace certconnector::control_proto
