#include "agent/ca/exec/exec_backend.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/chain_file.h"
#include "agent/ca/exec/exec_ca.h"
#include "agent/ca/exec/exec_settings.h"
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
    return Error(CaErrc::unavailable, ErrorKind::transient,
                 "there is no " + settings.certificate_file + ", and the helper gives none (" +
                     roots.error().message() +
                     "); put the CA's certificate there, or mend the helper");
  }
  // Helpers write a line with a name, not PEM, before each certificate.
  constexpr char kAnswer[] = "the helper's answer to FETCH-ROOTS";
  const auto all = crypto::Certificate::all_from_pem(*roots);
  if (!all.ok()) return all.error().with_context(kAnswer);
  const auto chain = keep_chain(settings.certificate_file, *all);
  if (!chain.ok()) return chain.error().with_context(kAnswer);
  parts.log.info("ca.certificate_fetched", "The helper gave the CA's certificate.",
                 {{"ca", section.name},
                  {"subject", chain->front().subject_text()},
                  {"file", settings.certificate_file}});
  return {};
}

Status fetch_certificate(const CaSection& section, const CaBackendParts& parts) {
  const ExecSettings& settings = exec_values(*section.options);
  CC_TRY(platform::check_program(settings.helper));
  CC_TRY_ASSIGN(const auto chain, read_chain(settings.certificate_file));
  return chain ? Status() : fetch_chain(section, settings, parts);
}

Result<core::CaPorts> make_exec(const CaSection& section, const CaBackendParts& parts) {
  const ExecSettings& settings = exec_values(*section.options);
  CC_TRY_ASSIGN(auto chain, read_chain(settings.certificate_file));
  if (!chain) {
    return Error(CaErrc::unavailable, ErrorKind::transient,
                 "there is no " + settings.certificate_file + "; put the CA's certificate there");
  }
  const auto made = std::make_shared<ExecCa>(section, settings, std::move(*chain), parts.clock);
  core::CaPorts ports;
  ports.ca = made;
  ports.finder = settings.find ? made.get() : nullptr;
  ports.in_doubt = section.in_doubt;
  ports.concurrency = section.concurrency;
  ports.batch = 1;
  ports.call_limit = settings.deadline;
  ports.foreign = true;
  return ports;
}

std::vector<CaFile> exec_files(const config::CaOptions& options) {
  return {{"certificate.pem", exec_values(options).certificate_file, false}};
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
