// From an error of the HTTPS client to one of this protocol.
#pragma once

#include "common/result/error.h"

namespace certconnector::cloud {

// CloudErrc of the same meaning and kind, with what an administrator can do about it. An error that
// is none of net::NetErrc stays as it is.
[[nodiscard]] Error from_net(const Error& error);

}  // namespace certconnector::cloud
