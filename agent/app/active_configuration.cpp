#include "agent/app/active_configuration.h"

#include <algorithm>
#include <utility>

#include "agent/config/configuration.h"

namespace certconnector::app {

config::Settings ActiveConfiguration::settings() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return settings_;
}

std::shared_ptr<Engine> ActiveConfiguration::engine() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return engine_;
}

std::vector<ConfiguredCa> ActiveConfiguration::cas() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cas_;
}

core::CaFingerprint ActiveConfiguration::fingerprint_of(const std::string& ca) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(cas_.begin(), cas_.end(),
                                  [&](const ConfiguredCa& one) { return one.settings.name == ca; });
  return found == cas_.end() ? core::CaFingerprint() : found->fingerprint;
}

void ActiveConfiguration::replace(const config::Settings& settings, std::shared_ptr<Engine> engine,
                                  std::vector<ConfiguredCa> cas) {
  const std::lock_guard<std::mutex> lock(mutex_);
  settings_ = settings;
  std::swap(engine_, engine);  // the old engine's destructor runs after the lock
  cas_ = std::move(cas);
}

void ActiveConfiguration::replace(const ConfiguredCa& ca) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (ConfiguredCa& one : cas_) {
    if (one.settings.name == ca.settings.name) one = ca;
  }
}

control::ConfigurationView ActiveConfiguration::configuration() {
  const config::Settings now = settings();
  control::ConfigurationView view{config::to_ini(now), {}};
  for (config::Setting& one : config::list_settings(now)) {
    view.settings.push_back({std::move(one.section), std::move(one.key), std::move(one.value)});
  }
  return view;
}

}  // namespace certconnector::app
