#include "agent/ca/adcs/adcs_backend.h"

#include <utility>

#include "agent/ca/adcs/adcs_ca.h"
#include "agent/ca/adcs/adcs_settings.h"
#include "agent/ca/adcs/open_services.h"
#include "agent/ca/chain_file.h"
#include "agent/ca/foreign_backend.h"

namespace certconnector::ca {
namespace {

constexpr Duration kFetchLimit = std::chrono::seconds(10);

using AdcsOptions = config::RuledCaOptions<AdcsSettings>;

std::unique_ptr<config::CaOptions> make_adcs_options() {
  return std::make_unique<AdcsOptions>(adcs_rules());
}

// The list gives a backend no other options than its own.
const AdcsSettings& adcs_values(const config::CaOptions& options) {
  return static_cast<const AdcsOptions&>(options).values();
}

Result<std::vector<crypto::Certificate>> certificates_of(const std::vector<Bytes>& all) {
  std::vector<crypto::Certificate> certificates;
  for (const Bytes& der : all) {
    CC_TRY_ASSIGN(auto certificate, crypto::Certificate::from_der(der));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Status fetch_certificate(const CaSection& section, const CaBackendParts& parts) {
  const AdcsSettings& settings = adcs_values(*section.options);
  CC_TRY_ASSIGN(const auto services, open_services(settings.config_string, parts.clock));
  CC_TRY_ASSIGN(const auto there, read_chain(settings.certificate_file));
  if (there) return {};
  const auto answer = services->chain({parts.clock.now() + kFetchLimit, parts.stop});
  if (!answer.ok()) {
    return no_chain_given(settings.certificate_file,
                          answer.error().with_context("the CA gives none"), "mend that");
  }
  return keep_given(
      {settings.certificate_file, "the chain that the CA gives", "The CA gave its certificate."},
      certificates_of(*answer), section, parts.log);
}

Result<core::CaPorts> make_adcs(const CaSection& section, const CaBackendParts& parts) {
  const AdcsSettings& settings = adcs_values(*section.options);
  CC_TRY_ASSIGN(auto services, open_services(settings.config_string, parts.clock));
  CC_TRY_ASSIGN(auto chain, chain_for_use(settings.certificate_file));
  const auto made = std::make_shared<AdcsCa>(section, settings, std::move(chain),
                                             std::move(services), parts.clock);
  return foreign_ports(section, made, made.get(), settings.deadline);
}

std::vector<CaFile> adcs_files(const config::CaOptions& options) {
  return backup_of_chain(adcs_values(options).certificate_file);
}

std::vector<Error> unusable_adcs_files(const CaSection& section, core::KeySource& /*keys*/) {
  const AdcsSettings& settings = adcs_values(*section.options);
  std::vector<Error> problems;
  const SystemClock clock;
  const auto services = open_services(settings.config_string, clock);
  if (!services.ok()) problems.push_back(services.error());
  const auto chain = read_chain(settings.certificate_file);
  if (!chain.ok()) problems.push_back(chain.error());
  return problems;
}

}  // namespace

Backend adcs_backend() {
  return {{"adcs", make_adcs_options}, make_adcs, nullptr,          adcs_files, nullptr, nullptr,
          unusable_adcs_files,         nullptr,   fetch_certificate};
}

}  // namespace certconnector::ca
