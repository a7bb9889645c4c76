#include "agent/ndes_policy/windows/registry_settings.h"

#include <optional>
#include <utility>

#include "agent/keys/certificate_choice.h"
#include "agent/keys/machine_store.h"
#include "agent/platform/defaults.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/wide.h"
#include "common/crypto/certificate_chain.h"
#include "common/http/service_url.h"

namespace certconnector::ndes_policy {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1024} * 1024;
constexpr std::uint32_t kLongestDeadline = 60;  // seconds

// The values, and what is wrong with them.
class Values {
 public:
  explicit Values(const platform::RegistryKey& key) : key_(key) {}

  std::string text(const wchar_t* name) {
    auto value = key_.text(name);
    if (!value.ok()) add(value.error().message());
    return value.ok() ? value->value_or("") : "";
  }
  std::optional<std::uint32_t> number(const wchar_t* name) {
    auto value = key_.number(name);
    if (!value.ok()) add(value.error().message());
    return value.ok() ? *value : std::nullopt;
  }
  void add(const std::string& mistake) { mistakes_ += (mistakes_.empty() ? "" : "; ") + mistake; }
  [[nodiscard]] const std::string& mistakes() const { return mistakes_; }

 private:
  const platform::RegistryKey& key_;
  std::string mistakes_;
};

AgentAddress agent_address(Values& values) {
  AgentAddress address;
  const std::string url = values.text(L"Agent");
  auto service = http::parse_service_url(url);
  if (!service.ok() || !service->peer.tls || !service->path.empty()) {
    values.add("Agent is not https://HOST:PORT");
  } else {
    address.host = service->peer.address;
    address.port = service->peer.port;
  }
  const std::string file = values.text(L"AgentCaFile");
  if (file.empty()) {
    values.add("AgentCaFile is missing");
    return address;
  }
  auto anchors = platform::read_trusted_file(file, kLargestFile);
  if (!anchors.ok()) {
    values.add("AgentCaFile: " + anchors.error().message());
  } else if (!crypto::Certificate::all_from_pem(*anchors).ok()) {
    values.add("AgentCaFile has no certificate");
  } else {
    address.anchors = std::move(*anchors);
  }
  return address;
}

CredentialSource from_files(std::string certificate, std::string key) {
  return [certificate = std::move(certificate),
          key = std::move(key)]() -> Result<http::ClientCertificate> {
    CC_TRY_ASSIGN(std::string chain, platform::read_file(certificate, kLargestFile));
    CC_TRY_ASSIGN(std::string secret, platform::read_secret_file(key, kLargestFile));
    return http::ClientCertificate{std::move(chain), std::move(secret), {}};
  };
}

CredentialSource from_store(keys::CertificateWanted wanted) {
  return [wanted = std::move(wanted)]() -> Result<http::ClientCertificate> {
    CC_TRY_ASSIGN(core::Identity identity,
                  keys::machine_store()->open(wanted, SystemClock().wall()));
    return http::ClientCertificate{crypto::to_pem(identity.chain), {}, std::move(identity.key)};
  };
}

CredentialSource credentials(Values& values) {
  const std::string in_store = values.text(L"Certificate");
  const std::string certificate = values.text(L"CertificateFile");
  const std::string key = values.text(L"KeyFile");
  if (in_store.empty() && !certificate.empty() && !key.empty()) return from_files(certificate, key);
  if (in_store.empty() || !certificate.empty() || !key.empty()) {
    values.add("Certificate, or CertificateFile with KeyFile, name the client certificate");
    return {};
  }
  auto wanted = keys::parse_certificate_wanted(in_store);
  if (wanted.ok()) return from_store(std::move(*wanted));
  values.add("Certificate: " + wanted.error().message());
  return {};
}

Duration deadline(Values& values, Duration normal) {
  const auto seconds = values.number(L"DeadlineSeconds");
  if (!seconds) return normal;
  if (*seconds >= 1 && *seconds <= kLongestDeadline) return std::chrono::seconds(*seconds);
  values.add("DeadlineSeconds is not from 1 to " + std::to_string(kLongestDeadline));
  return normal;
}

void read(const platform::RegistryKey& key, InstalledModule& module) {
  Values values(key);
  module.settings.agent = agent_address(values);
  module.credentials = credentials(values);
  module.settings.deadline = deadline(values, module.settings.deadline);
  if (const std::string folder = values.text(L"DataFolder"); !folder.empty()) {
    module.data_folder = folder;
  }
  if (!values.mistakes().empty()) {
    module.settings.unusable =
        "its settings (HKLM\\" + platform::narrow(kSettingsKey) + "): " + values.mistakes();
  }
}

}  // namespace

InstalledModule read_installed_module() {
  InstalledModule module;
  module.data_folder = default_data_folder();
  const auto key = platform::RegistryKey::open(kSettingsKey);
  if (!key.ok()) {
    module.settings.unusable = key.error().message();
  } else if (!*key) {
    module.settings.unusable =
        "it has no settings: make the key HKLM\\" + platform::narrow(kSettingsKey);
  } else {
    read(**key, module);
  }
  module.settings.spool_folder = spool_folder(module.data_folder);
  return module;
}

std::string default_data_folder() {
  return platform::parent_path(platform::defaults().configuration_file) + " NDES";
}

std::string spool_folder(const std::string& data_folder) { return data_folder + "/spool"; }

std::string log_file(const std::string& data_folder) { return data_folder + "/policy.log"; }

}  // namespace certconnector::ndes_policy
