// Why the agent cannot listen, with what helps here.
#pragma once

#include "common/result/error.h"

namespace certconnector::app {

// `error`: of http::Server::start(). AppErrc::low_port where the port takes a privilege, else the
// same error.
[[nodiscard]] Error listen_error(const Error& error);

}  // namespace certconnector::app
