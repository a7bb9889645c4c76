// The members of scep_messages.h, as message_fields.h has them. Internal to the codec.
#pragma once

#include "proto/control/scep_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, ScepRa& x) {
  v.visit("subject", x.subject);
  v.visit("serial", x.serial);
  v.visit("not_after", x.not_after);
  v.visit("renew_at", x.renew_at);
}

template <typename V>
void describe(V& v, ScepSwitch& x) {
  v.visit("name", x.name);
  v.visit("on", x.on);
  v.visit("insecure", x.insecure);
  v.visit("meaning", x.meaning);
}

template <typename V>
void describe(V& v, ScepService& x) {
  v.visit("name", x.name);
  v.visit("paths", x.paths);
  v.visit("ca", x.ca);
  v.visit("challenge", x.challenge);
  v.visit("renewal", x.renewal);
  v.visit("reports", x.reports);
  v.visit("registration", x.registration);
  v.visit("can_enroll", x.can_enroll);
  v.visit("ra", x.ra);
  v.visit("older_ras", x.older_ras);
  v.visit("switches", x.switches);
  v.may("problem", x.problem);
}

template <typename V>
void describe(V& v, ScepListResult& x) {
  v.may("address", x.address);
  v.may("tls_address", x.tls_address);
  v.visit("services", x.services);
  v.may("at_rest", x.at_rest);
}

template <typename V>
void describe(V& v, ScepArguments& x) {
  v.visit("service", x.service);
}

template <typename V>
void describe(V& v, ScepCapability& x) {
  v.visit("name", x.name);
  v.may("meaning", x.meaning);
}

template <typename V>
void describe(V& v, ScepCapsResult& x) {
  v.visit("service", x.service);
  v.visit("capabilities", x.capabilities);
  v.visit("switches", x.switches);
}

template <typename V>
void describe(V& v, ScepExplainArguments& x) {
  v.visit("what", x.what);
  v.visit("service", x.service);
  v.visit("number", x.number);
}

template <typename V>
void describe(V& v, ScepEnrollment& x) {
  v.visit("number", x.number);
  v.visit("service", x.service);
  v.visit("transaction", x.transaction);
  v.may("device", x.device);
  v.may("challenge", x.challenge);
  v.may("subject", x.subject);
  v.visit("at", x.at);
  v.visit("attempts", x.attempts);
  v.may("job", x.job);
  v.visit("standing", x.standing);
  v.may("serial", x.serial);
}

template <typename V>
void describe(V& v, ScepExplanation& x) {
  v.visit("happened", x.happened);
  v.visit("why", x.why);
  v.visit("next", x.next);
}

template <typename V>
void describe(V& v, ScepExplainResult& x) {
  v.visit("enrollments", x.enrollments);
  v.visit("more", x.more);
  v.visit("story", x.story);
}

template <typename V>
void describe(V& v, ScepTestArguments& x) {
  v.visit("service", x.service);
  v.may("challenge", x.challenge);
  v.visit("subject", x.subject);
  v.visit("url", x.url);
  v.visit("trusted", x.trusted);
}

template <typename V>
void describe(V& v, ScepTestStep& x) {
  v.visit("what", x.what);
  v.visit("milliseconds", x.milliseconds);
}

template <typename V>
void describe(V& v, ScepTestResult& x) {
  v.visit("service", x.service);
  v.may("transaction", x.transaction);
  v.visit("steps", x.steps);
  v.visit("passed", x.passed);
  v.may("failure", x.failure);
  v.may("next", x.next);
}

}  // namespace certconnector::control_proto
