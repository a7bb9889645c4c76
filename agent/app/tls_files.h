// What a listener proves who it is with, as the configuration names its files.
#pragma once

#include <string>

#include "common/http/server.h"
#include "common/result/result.h"

namespace certconnector::app {

// PEM, at most 256 KiB each; a key that others may read is refused. `client_cas` empty: callers are
// asked for no certificate.
struct TlsFiles {
  std::string certificate_chain;
  std::string key;
  std::string client_cas = {};
};

// Errors: as those of platform/files.h. Whether they fit is for http::check_tls to say.
[[nodiscard]] Result<http::TlsSettings> read_tls_files(const TlsFiles& files);

}  // namespace certconnector::app
