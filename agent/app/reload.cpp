#include "agent/app/reload.h"

#include <utility>

#include "agent/app/configuration_check.h"
#include "agent/app/load_configuration.h"

namespace certconnector::app {
namespace {

class FixedSettings {
 public:
  template <typename Value>
  void keep(const char* name, const Value& now, Value& next) {
    if (now != next) changed_.emplace_back(name);
    next = now;
  }
  [[nodiscard]] std::vector<std::string> changed() && { return std::move(changed_); }

 private:
  std::vector<std::string> changed_;
};

// A reload takes up another certificate. Only a restart leads to none, and so to onboarding.
void keep_own_certificate(const config::ManagementSettings& now, config::ManagementSettings& next,
                          FixedSettings& fixed) {
  if (!now.own_certificate() || next.own_certificate()) return;
  fixed.keep("[management] url", now.url, next.url);
  fixed.keep("[management] ca_file", now.ca_file, next.ca_file);
  fixed.keep("[management] certificate_file", now.certificate_file, next.certificate_file);
  fixed.keep("[management] key_file", now.key_file, next.key_file);
  fixed.keep("[management] pkcs12_file", now.pkcs12_file, next.pkcs12_file);
  fixed.keep("[management] passphrase_file", now.passphrase_file, next.passphrase_file);
}

// Without a TLS listener they have no use before the restart that opens one. With one they stay
// when the new file omits all of them.
void keep_tls_files(const config::HttpSettings& now, config::HttpSettings& next) {
  if (!now.tls_listen.empty() && !next.certificate_file.empty()) return;
  next.certificate_file = now.certificate_file;
  next.key_file = now.key_file;
}

void refuse(log::Logger& logger, const std::string& what, const Error& why) {
  logger.error("reload.refused",
               what + "; the agent works on with the old configuration. " + why.message());
}

}  // namespace

std::vector<std::string> keep_fixed_settings(const config::Settings& now, config::Settings& next) {
  FixedSettings fixed;
  fixed.keep("[agent] state_dir", now.agent.state_dir, next.agent.state_dir);
  fixed.keep("[agent] runtime_dir", now.agent.runtime_dir, next.agent.runtime_dir);
  fixed.keep("[agent] socket", now.agent.socket, next.agent.socket);
  fixed.keep("[agent] socket_group", now.agent.socket_group, next.agent.socket_group);
  fixed.keep("[management] challenge_questions", now.management.challenge_questions,
             next.management.challenge_questions);
  fixed.keep("[log] format", now.log.format, next.log.format);
  fixed.keep("[log] file", now.log.file, next.log.file);
  fixed.keep("[log] rotate_size", now.log.rotate_size, next.log.rotate_size);
  fixed.keep("[log] keep", now.log.keep, next.log.keep);
  fixed.keep("[http] listen", now.http.listen, next.http.listen);
  fixed.keep("[http] tls_listen", now.http.tls_listen, next.http.tls_listen);
  fixed.keep("[http] memory", now.http.memory, next.http.memory);
  fixed.keep("[http] max_connections", now.http.max_connections, next.http.max_connections);
  keep_tls_files(now.http, next.http);
  fixed.keep("[registration] listen", now.registration.listen, next.registration.listen);
  keep_own_certificate(now.management, next.management, fixed);
  return std::move(fixed).changed();
}

void reload_configuration(Agent& agent, ScepModule& scep, NdesModule& registration,
                          HttpModule& http, const std::string& file, log::SpdlogLogger& logger) {
  auto loaded = load_configuration(file);
  if (!loaded.ok()) {
    return refuse(logger, "The configuration is wrong", loaded.error());
  }
  config::Settings next = std::move(loaded).value();
  for (const std::string& name : keep_fixed_settings(agent.settings(), next)) {
    logger.warning("reload.needs_restart", name + " has changed and takes effect after a restart.");
  }
  const std::vector<Error> open = unusable_folders(next.agent);
  if (!open.empty()) return refuse(logger, "A folder of the agent is not safe", open.front());
  logger.set_level(next.log.level);
  const Status services = scep.configure(next);
  if (!services.ok()) {
    logger.error("reload.scep",
                 "The SCEP services work on as before: " + services.error().message());
  }
  const Status registering = registration.configure(next);
  if (!registering.ok()) {
    logger.error("reload.registration",
                 "The NDES service works on as before: " + registering.error().message());
  }
  const Status http_serving = http.configure(next);
  if (!http_serving.ok()) {
    logger.error("reload.http",
                 "The HTTP server works on as before: " + http_serving.error().message());
  }
  for (http::Peer& peer : http.peers()) scep.listening_at(std::move(peer));
  agent.reload(next);
  logger.info("reload.done", "The agent read the configuration again and uses it.");
}

}  // namespace certconnector::app
