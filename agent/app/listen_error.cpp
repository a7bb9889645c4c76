#include "agent/app/listen_error.h"

#include "agent/app/errors.h"
#include "common/http/server.h"

namespace certconnector::app {

Error listen_error(const Error& error) {
  if (error.code() != http::error_code(http::HttpErrc::low_port)) return error;
  return {AppErrc::low_port, error.kind(), error.message()};
}

}  // namespace certconnector::app
