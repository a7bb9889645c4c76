// Which members the messages of challenge_messages.h have, as message_fields.h says it. Internal to
// the codec.
#pragma once

#include "proto/control/challenge_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, ChallengeNewArguments& x) {
  v.visit("service", x.service);
  v.may("device", x.device);
  v.visit("template", x.template_name);
  v.visit("subject", x.subject);
  v.may("subject_alt_names", x.subject_alt_names);
  v.visit("valid_seconds", x.valid_seconds);
}

template <typename V>
void describe(V& v, ChallengeNewResult& x) {
  v.visit("id", x.id);
  v.visit("password", x.password);
  v.visit("service", x.service);
  v.visit("valid_until", x.valid_until);
}

template <typename V>
void describe(V& v, ChallengesListArguments& x) {
  v.visit("service", x.service);
}

template <typename V>
void describe(V& v, Challenge& x) {
  v.visit("id", x.id);
  v.visit("service", x.service);
  v.visit("state", x.state);
  v.may("device", x.device);
  v.may("template", x.template_name);
  v.may("subject", x.subject);
  v.may("subject_alt_names", x.subject_alt_names);
  v.visit("made_by", x.made_by);
  v.visit("made_at", x.made_at);
  v.visit("valid_until", x.valid_until);
  v.visit("revoked_at", x.revoked_at);
  v.may("revoked_by", x.revoked_by);
}

template <typename V>
void describe(V& v, RevokedChallenge& x) {
  v.visit("id", x.id);
  v.visit("revoked_at", x.revoked_at);
  v.visit("revoked_by", x.revoked_by);
}

template <typename V>
void describe(V& v, ChallengesListResult& x) {
  v.visit("challenges", x.challenges);
  v.visit("revoked", x.revoked);
}

template <typename V>
void describe(V& v, ChallengeArguments& x) {
  v.visit("id", x.id);
}

template <typename V>
void describe(V& v, ChallengeRevokedResult& x) {
  v.visit("id", x.id);
  v.may("was", x.was);
}

}  // namespace certconnector::control_proto
