#include "agent/app/reload.h"

#include <utility>

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

}  // namespace

std::vector<std::string> keep_fixed_settings(const config::Settings& now, config::Settings& next) {
  FixedSettings fixed;
  fixed.keep("[agent] state_dir", now.agent.state_dir, next.agent.state_dir);
  fixed.keep("[agent] runtime_dir", now.agent.runtime_dir, next.agent.runtime_dir);
  fixed.keep("[agent] socket", now.agent.socket, next.agent.socket);
  fixed.keep("[agent] socket_group", now.agent.socket_group, next.agent.socket_group);
  fixed.keep("[log] format", now.log.format, next.log.format);
  fixed.keep("[log] file", now.log.file, next.log.file);
  fixed.keep("[log] rotate_size", now.log.rotate_size, next.log.rotate_size);
  fixed.keep("[log] keep", now.log.keep, next.log.keep);
  fixed.keep("[http] listen", now.http.listen, next.http.listen);
  return std::move(fixed).changed();
}

void reload_configuration(Agent& agent, const std::string& file, log::SpdlogLogger& logger) {
  auto loaded = load_configuration(file);
  if (!loaded.ok()) {
    logger.error("reload.refused",
                 "The configuration is wrong; the agent works on with the old one. " +
                     loaded.error().message());
    return;
  }
  config::Settings next = std::move(loaded).value();
  for (const std::string& name : keep_fixed_settings(agent.settings(), next)) {
    logger.warning("reload.needs_restart", name + " has changed and takes effect after a restart.");
  }
  logger.set_level(next.log.level);
  agent.reload(next);
  logger.info("reload.done", "The configuration was read again and is in use.");
}

}  // namespace certconnector::app
