#include "agent/ca/exec/exec_backend.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/exec/exec_ca.h"
#include "agent/ca/exec/exec_settings.h"
#include "agent/ca/exec/fetched_roots.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/process.h"
#include "common/crypto/certificate_chain.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxChain = 256UL * 1024;
constexpr Duration kFetchLimit = std::chrono::seconds(10);

using ExecOptions = config::RuledCaOptions<ExecSettings>;

std::unique_ptr<config::CaOptions> make_exec_options() {
  return std::make_unique<ExecOptions>(exec_rules());
}

// The list gives a backend no other options than its own.
const ExecSettings& exec_values(const config::CaOptions& options) {
  return static_cast<const ExecOptions&>(options).values();
}

// Nothing: the file does not exist.
Result<std::optional<std::vector<crypto::Certificate>>> read_chain(const std::string& file) {
  const auto text = platform::read_trusted_file(file, kMaxChain);
  if (!text.ok()) {
    const bool missing =
        text.error().code() == platform::error_code(platform::PlatformErrc::not_found);
    if (missing) return std::optional<std::vector<crypto::Certificate>>();
    return text.error();
  }
  auto chain = crypto::Certificate::all_from_pem(*text);
  if (!chain.ok()) return chain.error().with_context(file);
  if (!chain->front().is_ca()) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent,
                 file + ": " + chain->front().subject_text() +
                     " is not a CA certificate; the CA's own comes first in the file");
  }
  return std::optional<std::vector<crypto::Certificate>>(std::move(chain).value());
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
  const auto all = crypto::Certificate::all_from_pem(*roots);
  if (!all.ok()) return all.error().with_context("the helper's answer to FETCH-ROOTS");
  CC_TRY_ASSIGN(auto chain, chain_of_roots(*all));
  const std::string& file = settings.certificate_file;
  CC_TRY(platform::make_folder(file.substr(0, file.rfind('/'))));
  const Status kept =
      platform::create_file(file, crypto::to_pem(chain), platform::FileMode::world_readable);
  if (!kept.ok()) {
    // Another section names the same file.
    const bool by_another =
        kept.error().code() == platform::error_code(platform::PlatformErrc::exists);
    return by_another ? Status() : kept;
  }
  parts.log.info("ca.certificate_fetched", "The helper gave the CA's certificate.",
                 {{"ca", section.name}, {"subject", chain.front().subject_text()}, {"file", file}});
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
