// The configuration in use: its settings, its engine, and its CAs. A reload replaces all three.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/engine.h"
#include "agent/ca/backend.h"
#include "agent/config/settings.h"
#include "agent/control/configuration_operations.h"

namespace certconnector::app {

// One [ca.NAME] section, and whether the agent serves its CA.
struct ConfiguredCa {
  ca::CaSection settings;
  core::CaFingerprint fingerprint;  // empty: not served
  std::string problem;              // why it is not served
  bool set_up = true;               // false: a person has yet to give it a certificate
};

// Thread-safe; each call is atomic.
class ActiveConfiguration final : public control::ConfigurationOperations {
 public:
  explicit ActiveConfiguration(config::Settings settings) : settings_(std::move(settings)) {}

  // Held during a change of identity, CAs or engine, and during a backup: one at a time. Take it
  // before any other mutex.
  [[nodiscard]] std::unique_lock<std::mutex> lock_changes() {
    return std::unique_lock<std::mutex>(changing_);
  }

  [[nodiscard]] config::Settings settings() const;
  [[nodiscard]] std::shared_ptr<Engine> engine() const;  // null before the start
  [[nodiscard]] std::vector<ConfiguredCa> cas() const;   // empty before the start
  // Of the CA of this section; empty: it is not served, or there is no such section.
  [[nodiscard]] core::CaFingerprint fingerprint_of(const std::string& ca) const;

  void replace(const config::Settings& settings, std::shared_ptr<Engine> engine,
               std::vector<ConfiguredCa> cas);
  // Replaces the CA of the same name.
  void replace(const ConfiguredCa& ca);

  control::ConfigurationView configuration() override;

 private:
  std::mutex changing_;
  mutable std::mutex mutex_;
  config::Settings settings_;
  std::shared_ptr<Engine> engine_;
  std::vector<ConfiguredCa> cas_;
};

}  // namespace certconnector::app
