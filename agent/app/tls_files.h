// A listener's certificate and key, from the files of the configuration or the machine's store.
#pragma once

#include <string>
#include <vector>

#include "agent/keys/machine_store.h"
#include "common/http/server.h"
#include "common/result/result.h"

namespace certconnector::app {

// PEM, at most 256 KiB each. `client_cas` empty: the listener asks callers for no certificate.
struct TlsFiles {
  std::string certificate_chain;
  std::string key;
  std::string certificate_store = {};  // in place of both; see keys::parse_certificate_wanted()
  std::string client_cas = {};
};

// Errors: the first one of platform/files.h, also for a key that others may read; those of
// MachineStore::open(). http::check_tls checks whether they fit. `now` is Clock::wall().
[[nodiscard]] Result<http::TlsSettings> read_tls_files(const TlsFiles& files,
                                                       const keys::MachineStore& store,
                                                       Timestamp now);
// For --check-config: one error for each file that cannot be read, or why they do not fit.
[[nodiscard]] std::vector<Error> unusable_tls_files(const TlsFiles& files,
                                                    const keys::MachineStore& store, Timestamp now);

}  // namespace certconnector::app
