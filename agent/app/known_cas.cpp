#include "agent/app/known_cas.h"

#include <optional>
#include <utility>

#include "agent/app/ca_backends.h"
#include "agent/app/ca_owner.h"
#include "agent/app/published_crl.h"
#include "agent/platform/files.h"
#include "common/crypto/certificate.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxCrlFile = std::size_t{256} * 1024 * 1024;

std::optional<store::SalvageCa> read_ca(const config::CaSettings& settings,
                                        std::vector<std::string>& unreadable) {
  const ca::Backend* backend = ca::find_backend(ca_backends(), settings.backend);
  if (backend == nullptr) return std::nullopt;
  std::string crl;
  for (const ca::CaFile& file : backend->files_to_back_up(*settings.options)) {
    if (file.name != "ca.crl" || file.path.empty()) continue;
    auto contents = platform::read_file(file.path, kMaxCrlFile);
    if (contents.ok()) crl = std::move(*contents);
  }
  const auto certificate =
      ca_certificate_in_files(ca_backends(), settings.backend, *settings.options);
  if (!certificate) return std::nullopt;
  store::SalvageCa ca{
      text::to_hex(crypto::view(certificate->sha256())), certificate->subject(), {}};
  if (auto published = read_published_crl(as_bytes(crl), *certificate)) {
    ca.crl = std::move(*published);
  } else if (!crl.empty()) {
    unreadable.push_back(settings.name);
  }
  if (backend->issued_with == nullptr) return ca;
  const ca::IssuedWith tie = backend->issued_with(*settings.options);
  ca.issued_crl = tie.crl_number;
  if (!tie.database.id.empty()) ca.issued_with = tie.database;
  return ca;
}

}  // namespace

std::vector<store::SalvageCa> read_known_cas(const config::Settings& settings,
                                             std::vector<std::string>& unreadable) {
  std::vector<store::SalvageCa> known;
  for (const config::CaSettings& ca : settings.cas) {
    if (auto read = read_ca(ca, unreadable)) known.push_back(std::move(*read));
  }
  return known;
}

}  // namespace certconnector::app
