// The HTTP listeners of the configuration, plain and TLS, in front of one handler. Lasts over every
// reload.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/listener_certificate.h"
#include "agent/config/settings.h"
#include "agent/core/health_source.h"
#include "common/http/admission.h"
#include "common/http/client.h"
#include "common/http/server.h"

namespace certconnector::app {

// All outlive the module.
struct HttpParts {
  http::Handler& handler;
  const Clock& clock;
  log::Logger& logger;
  const keys::MachineStore& store;
};

// The most connections for each of `listeners` in a process with `files` open files; `wanted` when
// they fit.
[[nodiscard]] std::size_t connections_that_fit(std::size_t wanted, std::size_t listeners,
                                               std::size_t files);

// The share of each listener in [http] memory, in octets. Shares are fixed: a flood on one listener
// takes no memory from another.
struct MemoryShares {
  std::size_t http = 0;          // of the plain listener, and of the TLS listener
  std::size_t registration = 0;  // a quarter of all, where there is one
};
[[nodiscard]] MemoryShares share_memory(const config::Settings& settings);

// Life: configure(), start(), configure()s, destructor. One thread at a time, but for the health
// source and look_into_store(), which are thread-safe after start().
class HttpModule final : public core::HealthSource {
 public:
  explicit HttpModule(const HttpParts& parts);

  // Takes up certificate, limits and proxies. Errors: a certificate or key cannot be used; nothing
  // changes.
  [[nodiscard]] Status configure(const config::Settings& all);
  // Listens at the addresses of the last settings, if they name any. A TLS listener whose
  // certificate the machine's store does not have yet opens later.
  [[nodiscard]] Status start();
  // Takes another certificate of the TLS listener that the machine's store gives.
  void look_into_store() { certificate_.look_into_store(); }

  // Its certificate, and listeners that did not answer when look() asked them.
  [[nodiscard]] std::vector<core::HealthFinding> findings(Timestamp wall) override;
  void look() override;

  // The handler of all listeners.
  [[nodiscard]] http::Handler& handler() { return admission_; }
  // The addresses of the listeners, for a client on this machine. The client expects the TLS
  // listener's present certificate.
  [[nodiscard]] std::vector<http::Peer> peers() const;
  // 0: there is no such listener.
  [[nodiscard]] std::uint16_t port() const { return plain_ ? plain_->port() : 0; }
  [[nodiscard]] std::uint16_t tls_port() const;

 private:
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] Result<std::unique_ptr<http::Server>> listen(const std::string& key,
                                                             const http::ServerSettings& settings);
  [[nodiscard]] std::vector<http::Peer> known_peers() const;  // without their certificate
  [[nodiscard]] Status use_tls(const http::TlsSettings& tls);
  [[nodiscard]] Status open_tls(const http::TlsSettings& tls);

  const HttpParts parts_;
  http::Admission admission_;
  config::HttpSettings settings_;
  std::size_t memory_ = 0;                          // of each listener
  std::optional<http::TlsSettings> tls_settings_;   // until start()
  std::optional<http::ServerSettings> tls_server_;  // of a listener that start() wants
  mutable std::mutex mutex_;                        // of the next three, and of tls_
  std::vector<http::Peer> listeners_;
  std::vector<std::string> silent_;  // "127.0.0.1:8080: why", when look() asked them
  Timestamp looked_;                 // Clock::now()
  std::string plain_host_;
  std::unique_ptr<http::Server> plain_;
  std::unique_ptr<http::Server> tls_;
  ListenerCertificate certificate_;
};

}  // namespace certconnector::app
