#include "agent/app/ca_owner.h"

#include "agent/app/errors.h"
#include "agent/ca/earlier_records.h"
#include "agent/platform/files.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxCertificateFile = std::size_t{1024} * 1024;

}  // namespace

std::optional<crypto::Certificate> ca_certificate_in_files(const ca::Backends& backends,
                                                           const std::string& backend,
                                                           const config::CaOptions& options) {
  const ca::Backend* found = ca::find_backend(backends, backend);
  if (found == nullptr) return std::nullopt;
  for (const ca::CaFile& file : found->files_to_back_up(options)) {
    if (file.name != "certificate.pem" || file.path.empty()) continue;
    const auto pem = platform::read_file(file.path, kMaxCertificateFile);
    if (!pem.ok()) return std::nullopt;
    auto certificate = crypto::Certificate::from_pem(*pem);
    if (certificate.ok()) return std::move(*certificate);
  }
  return std::nullopt;
}

bool same_ca(const crypto::Certificate& one, const crypto::Certificate& other) {
  return ca::ca_key_id(one) == ca::ca_key_id(other);
}

bool CaOwner::has(const ConfiguredCa& one, const crypto::Certificate& ca) const {
  if (!one.fingerprint.empty()) {
    const std::vector<Bytes> chain = chains_.find(one.fingerprint);
    if (chain.empty()) return false;
    const auto served = crypto::Certificate::from_der(chain.front());
    return served.ok() && same_ca(*served, ca);
  }
  const auto in_files =
      ca_certificate_in_files(backends_, one.settings.backend, *one.settings.options);
  return in_files && same_ca(*in_files, ca);
}

std::string CaOwner::beside(const std::string& section, const crypto::Certificate& ca,
                            const std::vector<ConfiguredCa>& cas) const {
  for (const ConfiguredCa& one : cas) {
    if (one.settings.name != section && has(one, ca)) return one.settings.name;
  }
  return {};
}

std::string CaOwner::before(const std::string& section, const crypto::Certificate& ca,
                            const std::vector<ConfiguredCa>& cas) const {
  bool earlier = true;
  for (const ConfiguredCa& one : cas) {
    if (one.settings.name == section) {
      earlier = false;
    } else if ((earlier || !one.fingerprint.empty()) && has(one, ca)) {
      return one.settings.name;
    }
  }
  return {};
}

Error ca_of_another_section(const std::string& section, const std::string& owner,
                            const crypto::Certificate& ca) {
  return {AppErrc::shared_ca, ErrorKind::permanent,
          "the CA " + ca.subject_text() + " is that of [ca." + owner +
              "], and one section alone may have it; keep [ca." + owner + "], and remove [ca." +
              section + "] or give it another CA"};
}

}  // namespace certconnector::app
