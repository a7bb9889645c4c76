// Errors of well-formed requests of the CLI that only this folder finds.
#pragma once

#include <string>
#include <vector>

#include "common/result/error.h"

namespace certconnector::control {

enum class RequestErrc {
  unknown_command,
  bad_value,
  no_such_job,
  ambiguous_job,
  ambiguous_id,  // the beginning of several ids
  no_such_ca,
  ca_not_set_up,
  ca_unusable,
  no_such_service,
  no_such_enrollment,
  no_such_certificate,
  not_revoked,
  not_enrolled,
  at_rest,
  internal
};
[[nodiscard]] ErrorCode error_code(RequestErrc errc);
[[nodiscard]] Error bad_value(std::string message);
// "several WHAT: ID, ID and more"; lists kMaxIdsListed of them at most.
[[nodiscard]] Error ambiguous_id(const std::string& what, const std::vector<std::string>& ids);

// For an id that names nothing: that it is too short for the beginning of one; else empty.
[[nodiscard]] std::string too_short_in_words(const std::string& id);

// The remedy for an error of a command; never empty.
[[nodiscard]] std::string remedy_for(const Error& error);

}  // namespace certconnector::control
