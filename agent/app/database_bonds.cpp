#include "agent/app/database_bonds.h"

#include <string>

#include "agent/app/ca_sections.h"
#include "agent/app/errors.h"
#include "agent/platform/files.h"

namespace certconnector::app {

Status may_begin_anew(const config::Settings& settings, const ca::Backends& backends) {
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(backends, ca.backend);
    if (backend == nullptr || backend->issued_with == nullptr) continue;
    const ca::IssuedWith issued = backend->issued_with(*ca.options);
    std::string files = issued.file;
    if (!issued.crl_file.empty()) files.append(files.empty() ? "" : " and ") += issued.crl_file;
    if (files.empty()) continue;
    return Error(
        AppErrc::no_database, ErrorKind::corrupt,
        "agent.db is missing in " + settings.agent.state_dir + ", but CA " + ca.name +
            " has issued with it. Nothing was changed. Put the file back, or restore a "
            "backup: `certconnectord --restore DIR --force`. To begin anew although nobody "
            "knows any more what the CA issued and revoked, move away " +
            files);
  }
  return {};
}

Status check_database_of_cas(const config::Settings& settings, const ca::Backends& backends,
                             core::CertificateStore& store) {
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(backends, ca.backend);
    if (backend == nullptr || backend->check_database == nullptr) continue;
    CC_TRY(backend->check_database(ca_section(ca, settings), store));
  }
  return {};
}

Status forget_databases_of_cas(const config::Settings& settings, const ca::Backends& backends) {
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(backends, ca.backend);
    if (backend == nullptr || backend->issued_with == nullptr) continue;
    const std::string file = backend->issued_with(*ca.options).file;
    if (!file.empty()) CC_TRY(platform::remove_file(file));
  }
  return {};
}

}  // namespace certconnector::app
