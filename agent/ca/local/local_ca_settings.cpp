#include "agent/ca/local/local_ca_settings.h"

#include "agent/ca/local/crl_partition.h"
#include "agent/platform/paths.h"

namespace certconnector::ca {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void fill(std::string& path, const std::string& folder, const char* name) {
  if (path.empty()) path = platform::join_path(folder, name);
}

config::Choices<std::size_t> partition_choices() {
  config::Choices<std::size_t> choices{{"0", 0}};
  for (const std::size_t count : kPartitionCounts) {
    choices.emplace_back(std::to_string(count), count);
  }
  return choices;
}

}  // namespace

void LocalCaSettings::fill_paths(const std::string& folder) {
  fill(key_file, folder, "key.pem");
  fill(certificate_file, folder, "certificate.pem");
  fill(chain_file, folder, "chain.pem");
  fill(crl_file, folder, "ca.crl");
  // Not beside a file that a person may move.
  partition_register = platform::join_path(folder, "crl-partitions");
  database_file = platform::join_path(platform::parent_path(certificate_file), "database");
  // Beside the certificate that it becomes.
  request_file = platform::join_path(platform::parent_path(certificate_file), "request.pem");
}

void LocalCaSettings::check(const config::ComplainOfKey& complain) const {
  if (crl_min_interval * 2 > crl_lifetime) {
    complain("crl_min_interval", "must be at most half of crl_lifetime");
  }
}

PartitionedUrls LocalCaSettings::wanted_partitions() const {
  PartitionedUrls wanted;
  for (const TemplateSettings& one : templates) {
    const bool named = crl_partitions != 0 && !one.crl_url.empty();
    // CertificateTemplate refuses a URL that cannot have them.
    if (!named || !can_have_partitions(one.crl_url)) continue;
    wanted[crl_partitions].insert(one.crl_url);
  }
  return wanted;
}

const std::vector<config::Rule<LocalCaSettings>>& local_ca_rules() {
  using S = LocalCaSettings;
  static const std::vector<config::Rule<S>> rules{
      config::text_rule("key_file", &S::key_file, config::check_path),
      config::text_rule("certificate_file", &S::certificate_file, config::check_path),
      config::text_rule("chain_file", &S::chain_file, config::check_path),
      config::count_rule("batch", &S::batch, 1, 500),
      config::duration_rule("crl_lifetime", &S::crl_lifetime, minutes(1), hours(24 * 3650)),
      config::duration_rule("crl_min_interval", &S::crl_min_interval, seconds(1), hours(24)),
      config::text_rule("crl_file", &S::crl_file, config::check_path),
      config::choice_rule("crl_partitions", &S::crl_partitions, partition_choices()),
  };
  return rules;
}

}  // namespace certconnector::ca
