// The settings of an embedded CA. Plain values; opening the CA validates them again.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/ca/local/partition_register.h"
#include "agent/ca/template_settings.h"
#include "agent/config/ca_options.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// A [ca.NAME] section with backend=local. Paths are absolute.
struct LocalCaSettings {
  std::string name;
  std::string key_file;          // PKCS#8 PEM
  std::string certificate_file;  // PEM
  std::string
      chain_file;  // PEM, issuers of the CA certificate up to the root; empty or absent for a root
  std::string request_file;   // PEM, a subordinate's request without a certificate yet
  std::string crl_file;       // DER
  std::string database_file;  // see database_bond.h
  // Of the CRL; 0: certificates name the full one. One of kPartitionCounts.
  std::size_t crl_partitions = 0;
  std::string partition_register;  // its file
  std::size_t batch = 50;          // jobs in one submission
  Duration crl_lifetime{std::chrono::hours(24 * 7)};
  Duration crl_min_interval{std::chrono::seconds(10)};
  std::vector<TemplateSettings> templates;  // those that this CA offers

  // As config::CaOptions.
  void fill_paths(const std::string& folder);
  void check(const config::ComplainOfKey& complain) const;
  // Those that the templates name in certificates.
  [[nodiscard]] PartitionedUrls wanted_partitions() const;
};

// The keys of the section, but those that every backend has.
[[nodiscard]] const std::vector<config::Rule<LocalCaSettings>>& local_ca_rules();

}  // namespace certconnector::ca
