// The members of doctor_messages.h, as message_fields.h has them. Internal to the codec.
#pragma once

#include "proto/control/doctor_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, DoctorCheck& x) {
  v.visit("id", x.id);
  v.visit("area", x.area);
  v.visit("verdict", x.verdict);
  v.may("subject", x.subject);
  v.visit("evidence", x.evidence);
  v.may("remedy", x.remedy);
}

template <typename V>
void describe(V& v, DoctorResult& x) {
  v.visit("verdict", x.verdict);
  v.always("checks", x.checks);
}

}  // namespace certconnector::control_proto
