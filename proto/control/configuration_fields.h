// The members of configuration_messages.h, as message_fields.h has them. Internal to the codec.
#pragma once

#include "proto/control/configuration_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, ConfigSetting& x) {
  v.visit("section", x.section);
  v.visit("key", x.key);
  v.visit("value", x.value);
}

template <typename V>
void describe(V& v, ConfigShowResult& x) {
  v.visit("text", x.text);
  v.always("settings", x.settings);
}

template <typename V>
void describe(V& v, ConfigCheckResult& x) {
  v.visit("file", x.file);
  v.visit("notes", x.notes);
}

template <typename V>
void describe(V& v, ConfigProblem& x) {
  v.visit("line", x.line);
  v.may("section", x.section);
  v.may("key", x.key);
  v.may("code", x.code);
  v.visit("message", x.message);
}

template <typename V>
void describe(V& v, ConfigProblemsResult& x) {
  v.visit("file", x.file);
  v.visit("problems", x.problems);
}

}  // namespace certconnector::control_proto
