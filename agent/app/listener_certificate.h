// The certificate of a TLS listener, from the files or the machine's store that its section names.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "agent/app/tls_files.h"
#include "agent/core/health.h"
#include "common/log/log.h"

namespace certconnector::app {

// All outlive the certificate.
struct ListenerCertificateParts {
  std::string component;  // "http", "registration": of findings, also the section
  const keys::MachineStore& store;
  const Clock& clock;
  log::Logger& logger;
  // Opens the listener with it, or gives it to the listener that is open. One call at a time.
  std::function<Status(const http::TlsSettings&)> use;
};

// Thread-safe.
class ListenerCertificate {
 public:
  explicit ListenerCertificate(ListenerCertificateParts parts) : parts_(std::move(parts)) {}

  // Takes what the files hold and gives it to `use`. Where the machine's store has no such
  // certificate, finding() names that, and look_into_store() takes it once it is there. Errors:
  // those of read_tls_files() and of `use`; nothing changes.
  [[nodiscard]] Status configure(TlsFiles files);
  // Takes another certificate that the machine's store gives. Blocks for the time that the store
  // takes.
  void look_into_store();

  [[nodiscard]] std::string chain() const;  // PEM; empty: there is none yet
  [[nodiscard]] std::optional<core::HealthFinding> finding(Timestamp wall) const;

 private:
  [[nodiscard]] Status take();  // under taking_
  void exchange(TlsFiles& files);
  void miss(const Error& error);

  const ListenerCertificateParts parts_;
  std::mutex taking_;  // one use at a time; taken before mutex_
  mutable std::mutex mutex_;
  TlsFiles files_;  // changed under both
  std::string chain_;
  std::optional<Error> missed_;  // why the store does not give it
};

}  // namespace certconnector::app
