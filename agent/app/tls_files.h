// A listener's certificate and key, from the files of the configuration.
#pragma once

#include <string>
#include <vector>

#include "common/http/server.h"
#include "common/result/result.h"

namespace certconnector::app {

// PEM, at most 256 KiB each. `client_cas` empty: the listener asks callers for no certificate.
struct TlsFiles {
  std::string certificate_chain;
  std::string key;
  std::string client_cas = {};
};

// Errors: the first one of platform/files.h, also for a key that others may read. http::check_tls
// checks whether they fit.
[[nodiscard]] Result<http::TlsSettings> read_tls_files(const TlsFiles& files);
// For --check-config: one error for each file that cannot be read, or why they do not fit.
[[nodiscard]] std::vector<Error> unusable_tls_files(const TlsFiles& files);

}  // namespace certconnector::app
