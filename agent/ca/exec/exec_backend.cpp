#include "agent/ca/exec/exec_backend.h"

#include <utility>

#include "agent/ca/chain_file.h"
#include "agent/ca/exec/exec_ca.h"
#include "agent/ca/exec/exec_settings.h"
#include "agent/ca/foreign_backend.h"
#include "agent/platform/process.h"

namespace certconnector::ca {
namespace {

constexpr Duration kFetchLimit = std::chrono::seconds(10);

using ExecOptions = config::RuledCaOptions<ExecSettings>;

std::unique_ptr<config::CaOptions> make_exec_options() {
  return std::make_unique<ExecOptions>(exec_rules());
}

// The list gives a backend no other options than its own.
const ExecSettings& exec_values(const config::CaOptions& options) {
  return static_cast<const ExecOptions&>(options).values();
}

// Keeps the helper's certificate in certificate_file: from then on only that file counts.
Status fetch_chain(const CaSection& section, const ExecSettings& settings,
                   const CaBackendParts& parts) {
  const Helper helper(section.name, settings, parts.clock);
  auto roots = fetch_roots(helper, {parts.clock.now() + kFetchLimit, parts.stop});
  if (!roots.ok()) {
    return no_chain_given(settings.certificate_file,
                          roots.error().with_context("the helper gives none"), "mend the helper");
  }
  // Helpers write a line with a name, not PEM, before each certificate.
  return keep_given({settings.certificate_file, "the helper's answer to FETCH-ROOTS",
                     "The helper gave the CA's certificate."},
                    crypto::Certificate::all_from_pem(*roots), section, parts.log);
}

Status fetch_certificate(const CaSection& section, const CaBackendParts& parts) {
  const ExecSettings& settings = exec_values(*section.options);
  CC_TRY(platform::check_program(settings.helper));
  CC_TRY_ASSIGN(const auto chain, read_chain(settings.certificate_file));
  return chain ? Status() : fetch_chain(section, settings, parts);
}

Result<core::CaPorts> make_exec(const CaSection& section, const CaBackendParts& parts) {
  const ExecSettings& settings = exec_values(*section.options);
  CC_TRY_ASSIGN(auto chain, chain_for_use(settings.certificate_file));
  const auto made = std::make_shared<ExecCa>(section, settings, std::move(chain), parts.clock);
  return foreign_ports(section, made, settings.find ? made.get() : nullptr, settings.deadline);
}

std::vector<CaFile> exec_files(const config::CaOptions& options) {
  return backup_of_chain(exec_values(options).certificate_file);
}

std::vector<Error> unusable_exec_files(const CaSection& section, core::KeySource& /*keys*/) {
  const ExecSettings& settings = exec_values(*section.options);
  std::vector<Error> problems;
  const Status usable = platform::check_program(settings.helper);
  if (!usable.ok()) problems.push_back(usable.error());
  const auto chain = read_chain(settings.certificate_file);
  if (!chain.ok()) problems.push_back(chain.error());
  return problems;
}

}  // namespace

Backend exec_backend() {
  return {{"exec", make_exec_options}, make_exec, nullptr,          exec_files, nullptr, nullptr,
          unusable_exec_files,         nullptr,   fetch_certificate};
}

}  // namespace certconnector::ca
