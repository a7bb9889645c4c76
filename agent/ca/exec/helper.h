// One run of a helper program by certmonger's protocol (certmonger, doc/helpers.txt): the question
// goes into the environment, the answer is an exit code and standard output.
//
// The agent adds the operations REVOKE and FIND and the variables CERTCONNECTOR_*. A helper that
// does not know an operation answers with exit code 6.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/ca/exec/exec_settings.h"
#include "agent/core/ports/call_context.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::ca {

enum class HelperSaid {
  done = 0,
  wait = 1,  // at the CA; the cookie asks for it again
  rejected = 2,
  unreachable = 3,
  not_configured = 4,
  wait_with_delay = 5,
  unsupported = 6,
  other,      // another code, or a wait without a cookie
  not_asked,  // the helper did not start
  cut_off     // killed, or wrote too much: it may or may not have asked the CA
};

struct HelperAnswer {
  HelperSaid said = HelperSaid::other;
  std::string output;   // with done: whole
  std::string cookie;   // with a wait
  Duration delay{0};    // with wait_with_delay
  std::string message;  // otherwise: one line for a person
};

using HelperVariables = std::vector<std::pair<std::string, std::string>>;

// Thread-safe.
class Helper {
 public:
  Helper(std::string ca, ExecSettings settings, const Clock& clock);

  // Ends at the call's deadline, or at that of the settings, whichever comes first. No message and
  // no cookie holds a secret, which the variables may: they go to the log and to the endpoint.
  [[nodiscard]] HelperAnswer run(const std::string& operation, const HelperVariables& variables,
                                 const core::CallContext& call,
                                 const std::vector<std::string>& secrets = {}) const;

 private:
  const std::string ca_;
  const ExecSettings settings_;
  const Clock& clock_;
};

}  // namespace certconnector::ca
