#include "agent/ca/local/local_backend.h"

#include <set>

#include "agent/ca/ca_errors.h"
#include "agent/ca/earlier_records.h"
#include "agent/ca/local/ca_bounds.h"
#include "agent/ca/local/ca_files.h"
#include "agent/ca/local/ca_identity.h"
#include "agent/ca/local/database_bond.h"
#include "agent/ca/local/local_ca.h"
#include "agent/ca/local/local_ca_settings.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxCertificateFile = 1024UL * 1024;

using LocalOptions = config::RuledCaOptions<LocalCaSettings>;

std::unique_ptr<config::CaOptions> make_local_options() {
  return std::make_unique<LocalOptions>(local_ca_rules());
}

// The list gives a backend no other options than its own.
const LocalCaSettings& local_values(const config::CaOptions& options) {
  return static_cast<const LocalOptions&>(options).values();
}

LocalCaSettings local_settings(const CaSection& section) {
  LocalCaSettings settings = local_values(*section.options);
  settings.name = section.name;
  settings.templates = section.templates;
  return settings;
}

Result<core::CaPorts> make_local(const CaSection& section, const CaBackendParts& parts) {
  const LocalCaSettings settings = local_settings(section);
  CC_TRY_ASSIGN(auto made, LocalCa::open(settings, parts));
  core::CaPorts ports;
  ports.finder = made.get();
  ports.crl_publisher = made.get();
  ports.certificates = made.get();
  ports.successors = made.get();
  ports.ca = std::move(made);
  ports.in_doubt = section.in_doubt;
  ports.concurrency = section.concurrency;
  ports.batch = settings.batch;
  return ports;
}

Result<crypto::Certificate> make_root(const CaSection& section, const NewCa& wanted,
                                      const SetUpParts& parts) {
  return create_root(local_settings(section), {wanted.subject, wanted.key, wanted.lifetime},
                     parts.keys, parts.clock);
}

Result<std::string> make_request(const CaSection& section, const NewCa& wanted,
                                 const SetUpParts& parts) {
  return create_subordinate_request(local_settings(section), wanted.subject, wanted.key,
                                    parts.keys);
}

Result<crypto::Certificate> import_local(const CaSection& section, const BroughtCa& brought,
                                         const SetUpParts& parts) {
  return import_ca(local_settings(section), brought, parts.keys, parts.clock);
}

Result<crypto::Certificate> examine_local(const CaSection& section, const BroughtCa& brought,
                                          const SetUpParts& parts) {
  return examine_import(local_settings(section), brought, parts.keys, parts.clock);
}

constexpr CaSetUp kLocalSetUp{make_root, make_request, import_local, examine_local};

std::vector<CaFile> local_files(const config::CaOptions& options) {
  const LocalCaSettings& settings = local_values(options);
  return {{"key.pem", settings.key_file, true, false, true},
          {"certificate.pem", settings.certificate_file, false, false, true},
          {"chain.pem", settings.chain_file, false},
          {"ca.crl", settings.crl_file, false, true},
          {"crl-partitions", settings.partition_register, false, true}};
}

// The CA is this one whoever may write the file: it only says what a restore or a salvage must
// keep.
Result<crypto::Certificate> read_certificate(const LocalCaSettings& settings) {
  CC_TRY_ASSIGN(const std::string text,
                platform::read_file(settings.certificate_file, kMaxCertificateFile));
  return crypto::Certificate::from_pem(text);
}

Status check_local_database(const CaSection& section, core::CertificateStore& store) {
  const LocalCaSettings settings = local_settings(section);
  const auto bond_read = read_bond(settings.database_file);
  // Damage stops the agent. What it may not read puts the CA down, which says so itself.
  if (!bond_read.ok() && bond_read.error().kind() != ErrorKind::corrupt) return {};
  CC_TRY_ASSIGN(const auto bond, bond_read);
  const auto certificate = load_ca_certificate(settings);
  if (!certificate.ok()) return {};  // the CA itself says so
  const core::CaKeyId key = ca_key_id(*certificate);
  if (bond && bond->ca == key) CC_TRY(name_new_certificate(store, *certificate));
  const core::CaFingerprint fingerprint = fingerprint_of(*certificate);
  if (bond) {
    CC_TRY_ASSIGN(const DatabaseBond recorded, recorded_bond(store, fingerprint, key));
    CC_TRY(check_bond(settings.name, *bond, recorded));
    if (bond->ca != key) return {};
  }
  CC_TRY_ASSIGN(const std::uint64_t taken, store.last_crl_number(fingerprint));
  return check_published(settings.name, published_number(settings.crl_file, *certificate), taken);
}

IssuedWith local_issued_with(const config::CaOptions& options) {
  const LocalCaSettings& settings = local_values(options);
  IssuedWith issued;
  const auto certificate = read_certificate(settings);
  const bool published = certificate.ok() && published_number(settings.crl_file, *certificate) != 0;
  if (published) issued.crl_file = settings.crl_file;
  const auto bond = read_bond(settings.database_file);
  if (bond.ok() && !*bond) return issued;
  issued.file = settings.database_file;
  if (!bond.ok()) return issued;
  issued.crl_number = (*bond)->crl_number;
  issued.database = (*bond)->database;
  return issued;
}

// A CA that is not set up yet has no files, and is no reason to refuse a configuration.
std::vector<Error> unusable_local_files(const CaSection& section, core::KeySource& keys) {
  const LocalCaSettings settings = local_settings(section);
  if (!platform::file_exists(settings.certificate_file)) return {};
  std::vector<Error> problems;
  const std::set<std::string> folders{platform::parent_path(settings.database_file),
                                      platform::parent_path(settings.crl_file)};
  for (const std::string& folder : folders) {
    const Status writable = platform::check_makes_files(folder);
    if (!writable.ok()) problems.push_back(writable.error());
  }
  const auto ca = load_ca_certificate(settings);
  const auto issuers = load_issuers(settings);
  const auto bond = read_bond(settings.database_file);
  if (!bond.ok()) problems.push_back(bond.error());
  if (!ca.ok()) problems.push_back(ca.error());
  if (!issuers.ok()) problems.push_back(issuers.error());
  if (!problems.empty()) return problems;
  const Status usable = check_ca_certificates(*ca, *issuers);
  if (!usable.ok()) return {usable.error()};
  const auto bounds = CaBounds::of(*ca, *issuers);
  if (!bounds.ok()) return {bounds.error()};
  const Status key = check_ca_key(settings, *ca, keys);
  if (!key.ok()) problems.push_back(key.error());
  return problems;
}

std::vector<std::string> notes_on_local(const CaSection& section) {
  const auto certificates = load_ca_certificates(local_settings(section));
  if (!certificates.ok()) return {};
  const auto bounds =
      CaBounds::of(certificates->front(), {certificates->begin() + 1, certificates->end()});
  std::vector<std::string> notes;
  if (!bounds.ok()) return notes;
  for (const TemplateSettings& one : section.templates) {
    const auto beyond = one.agent_only ? std::nullopt : bounds->beyond(one.extended_key_usage);
    if (!beyond) continue;
    notes.push_back("the CA cannot issue template " + one.name + ": " + *beyond +
                    "; offer the template at another CA (ca), or change its extended_key_usage");
  }
  return notes;
}

}  // namespace

Backend local_backend() {
  return {{"local", make_local_options}, make_local,        &kLocalSetUp,         local_files,
          check_local_database,          local_issued_with, unusable_local_files, notes_on_local};
}

}  // namespace certconnector::ca
