#include "agent/app/http_module.h"

#include <algorithm>
#include <utility>

#include "agent/app/listen_error.h"
#include "agent/platform/process_limits.h"
#include "agent/platform/words.h"
#include "common/crypto/cms.h"

namespace certconnector::app {
namespace {

// Files and connections of others than these listeners: databases, log, CLI, endpoint, the NDES
// service.
constexpr std::size_t kOtherFiles = 512;
constexpr std::size_t kLeastConnections = 16;

Result<http::AdmissionSettings> admission_settings(const config::HttpSettings& settings) {
  http::AdmissionSettings admission;
  admission.requests_per_minute = settings.requests_per_minute;
  for (const std::string& proxy : settings.trusted_proxies) {
    CC_TRY_ASSIGN(auto network, net::IpNetwork::parse(proxy));
    admission.trusted_proxies.push_back(std::move(network));
  }
  return admission;
}

// A listener that look() found silent may have been mended since.
constexpr std::chrono::minutes kLookCounts{5};

}  // namespace

std::size_t connections_that_fit(std::size_t wanted, std::size_t listeners, std::size_t files) {
  const std::size_t left = files > kOtherFiles ? files - kOtherFiles : 0;
  return std::min(wanted, std::max(kLeastConnections, left / std::max<std::size_t>(listeners, 1)));
}

MemoryShares share_memory(const config::Settings& settings) {
  MemoryShares shares;
  const std::size_t all = settings.http.memory;
  if (!settings.registration.listen.empty()) shares.registration = all / 4;
  const bool both = !settings.http.listen.empty() && !settings.http.tls_listen.empty();
  shares.http = (all - shares.registration) / (both ? 2 : 1);
  return shares;
}

HttpModule::HttpModule(const HttpParts& parts)
    : parts_(parts),
      admission_(parts.handler, parts.clock, parts.logger),
      certificate_({"http", parts.store, parts.clock, parts.logger,
                    [this](const http::TlsSettings& tls) { return use_tls(tls); }}) {}

Status HttpModule::configure(const config::Settings& all) {
  const config::HttpSettings& settings = all.http;
  auto admission = admission_settings(settings);
  if (!admission.ok()) return admission.error().with_context("[http]");
  if (!settings.tls_listen.empty()) {
    const Status taken = certificate_.configure(
        {settings.certificate_file, settings.key_file, settings.certificate_store});
    if (!taken.ok()) return taken.error().with_context("[http]");
  }
  admission_.configure(std::move(*admission));
  settings_ = settings;
  memory_ = share_memory(all).http;
  return {};
}

Status HttpModule::start() {
  http::ServerSettings server;
  server.max_body = crypto::kMaxCmsSize;
  server.max_connections = connections();
  server.memory = memory_;
  server.memory_freed = platform::give_back_memory;
  if (!settings_.listen.empty()) {
    server.listen = settings_.listen;
    plain_host_ = config::host_of(settings_.listen);
    CC_TRY_ASSIGN(plain_, listen("listen", server));
  }
  if (!settings_.tls_listen.empty()) {
    server.listen = settings_.tls_listen;
    tls_server_ = server;
    const auto tls = std::exchange(tls_settings_, std::nullopt);
    if (tls) return open_tls(*tls);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  listeners_ = known_peers();
  return {};
}

Status HttpModule::use_tls(const http::TlsSettings& tls) {
  if (tls_) return tls_->replace_tls(tls);
  CC_TRY(http::check_tls(tls));
  if (tls_server_) return open_tls(tls);
  tls_settings_ = tls;
  return {};
}

Status HttpModule::open_tls(const http::TlsSettings& tls) {
  http::ServerSettings server = *tls_server_;
  server.tls = tls;
  CC_TRY_ASSIGN(auto opened, listen("tls_listen", server));
  const std::lock_guard<std::mutex> lock(mutex_);
  tls_ = std::move(opened);
  listeners_ = known_peers();
  return {};
}

std::uint16_t HttpModule::tls_port() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return tls_ ? tls_->port() : 0;
}

Result<std::unique_ptr<http::Server>> HttpModule::listen(const std::string& key,
                                                         const http::ServerSettings& settings) {
  auto server = http::Server::start(settings, admission_, parts_.logger);
  if (!server.ok()) return listen_error(server.error()).with_context("[http] " + key);
  parts_.logger.info(
      "http.started", "CRLs, CA certificates and SCEP are served.",
      {{"address", settings.listen},
       {"port", (*server)->port()},
       {"connections", std::min(settings.max_connections,
                                http::connections_in(settings.memory, settings.tls.has_value()))},
       {"tls", settings.tls ? "yes" : "no"}});
  return server;
}

std::vector<http::Peer> HttpModule::peers() const {
  std::vector<http::Peer> peers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    peers = listeners_;
  }
  for (http::Peer& one : peers) {
    if (one.tls) one.tls = http::PeerTrust{"", certificate_.chain()};
  }
  return peers;
}

std::vector<http::Peer> HttpModule::known_peers() const {
  std::vector<http::Peer> peers;
  if (plain_) peers.push_back({plain_host_, plain_->port()});
  if (tls_)
    peers.push_back({config::host_of(tls_server_->listen), tls_->port(), http::PeerTrust{}});
  return peers;
}

std::vector<core::HealthFinding> HttpModule::findings(Timestamp wall) {
  auto certificate = certificate_.finding(wall);
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<core::HealthFinding> findings;
  if (parts_.clock.now() - looked_ > kLookCounts) silent_.clear();
  for (const std::string& silent : silent_) {
    findings.push_back(core::found(
        core::finding::kListenerSilent, "http", "the listener does not answer: " + silent,
        "see the log (" + platform::service_commands().log +
            "); a restart opens it anew: " + platform::service_commands().restart));
  }
  if (certificate) findings.push_back(std::move(*certificate));
  return findings;
}

void HttpModule::look() {
  constexpr Duration kPatience{std::chrono::seconds(3)};
  constexpr std::size_t kMostOctets = 64UL * 1024;
  std::vector<http::Peer> listeners = peers();
  // A client cannot tell it from a listener that does not answer.
  const auto unfit = certificate_.finding(parts_.clock.wall());
  if (unfit && unfit->code != &core::finding::kServerCertificateExpiresSoon) {
    listeners.erase(std::remove_if(listeners.begin(), listeners.end(),
                                   [](const http::Peer& one) { return one.tls.has_value(); }),
                    listeners.end());
  }
  http::Request request;
  request.method = "GET";
  request.path = "/health-of-this-listener";
  std::vector<std::string> silent;
  for (const http::Peer& one : listeners) {
    const auto answer = http::fetch(one, request, {kPatience, kMostOctets, {}});
    if (answer.ok()) continue;
    silent.push_back(one.address + ":" + std::to_string(one.port) + ": " +
                     answer.error().message());
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  silent_ = std::move(silent);
  looked_ = parts_.clock.now();
}

std::size_t HttpModule::connections() const {
  const std::size_t wanted = settings_.max_connections;
  const std::size_t listeners = settings_.listen.empty() || settings_.tls_listen.empty() ? 1 : 2;
  const auto files = platform::file_limit();
  if (settings_.off() || !files.ok()) return wanted;
  const std::size_t fit = connections_that_fit(wanted, listeners, *files);
  if (fit < wanted) {
    parts_.logger.warning(
        "http.connections_do_not_fit",
        "The process may not open as many files as [http] max_connections needs: each listener "
        "takes fewer connections at once, and others wait. Raise the process's limit "
        "of open files (LimitNOFILE of systemd), or lower max_connections.",
        {{"max_connections", wanted},
         {"listeners", listeners},
         {"open_files", *files},
         {"taken", fit}});
  }
  return fit;
}

}  // namespace certconnector::app
