// Errors of the messages from the other side of the control socket.
#pragma once

#include "common/result/error.h"

namespace certconnector::control_proto {

enum class ControlErrc {
  frame_too_large,      // more than kMaxFrame octets announced or to be sent
  bad_message,          // not the strict JSON of an envelope
  unsupported_version,  // an envelope of another protocol version
  bad_arguments,        // the command is known, its arguments are not as they must be
  bad_result            // an answer whose result does not have the members it must have
};
[[nodiscard]] ErrorCode error_code(ControlErrc errc);

}  // namespace certconnector::control_proto
