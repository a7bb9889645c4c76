#include "agent/doctor/windows_server.h"

#include <windows.h>
#include <wincrypt.h>
#include <winsvc.h>

#include <array>
#include <filesystem>

#include "agent/platform/files.h"
#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/service_handle.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"
#include "common/crypto/windows/cert_store_ptr.h"
#include "common/http/client.h"

namespace certconnector::doctor {
namespace {

using platform::RegistryKey;
using platform::wide;

constexpr std::size_t kMaxIisConfiguration = 16UL * 1024 * 1024;
constexpr std::chrono::seconds kPatience{10};

std::string system_folder() {
  std::array<wchar_t, MAX_PATH> path{};
  const UINT length = ::GetSystemDirectoryW(path.data(), MAX_PATH);
  return platform::narrow({path.data(), length});
}

// Of a service that is there.
Result<WindowsServiceView> view_of(SC_HANDLE service, const std::string& name) {
  DWORD size = 0;
  ::QueryServiceConfigW(service, nullptr, 0, &size);
  std::vector<std::max_align_t> room(size / sizeof(std::max_align_t) + 1);
  auto* configuration = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(room.data());
  SERVICE_STATUS status{};
  if (::QueryServiceConfigW(service, configuration, size, &size) == 0 ||
      ::QueryServiceStatus(service, &status) == 0) {
    return platform::system_error(::GetLastError(), "read the service " + name);
  }
  WindowsServiceView view;
  view.running = status.dwCurrentState == SERVICE_RUNNING;
  view.automatic = configuration->dwStartType == SERVICE_AUTO_START;
  if (configuration->lpServiceStartName != nullptr) {
    view.account = platform::narrow(configuration->lpServiceStartName);
  }
  return view;
}

class Machine final : public WindowsServer {
 public:
  explicit Machine(std::uint16_t http_port) : http_port_(http_port) {}

  Result<std::optional<std::string>> text(const std::string& key,
                                          const std::string& value) const override {
    CC_TRY_ASSIGN(const auto opened, RegistryKey::open(wide(key)));
    if (!opened) return std::optional<std::string>();
    return opened->text(wide(value));
  }
  Result<std::optional<std::uint32_t>> number(const std::string& key,
                                              const std::string& value) const override {
    CC_TRY_ASSIGN(const auto opened, RegistryKey::open(wide(key)));
    if (!opened) return std::optional<std::uint32_t>();
    return opened->number(wide(value));
  }
  Result<std::optional<Bytes>> octets(const std::string& key,
                                      const std::string& value) const override {
    CC_TRY_ASSIGN(const auto opened, RegistryKey::open(wide(key)));
    if (!opened) return std::optional<Bytes>();
    return opened->octets(wide(value));
  }
  Result<std::optional<Timestamp>> changed(const std::string& key) const override {
    CC_TRY_ASSIGN(const auto opened, RegistryKey::open(wide(key)));
    if (!opened) return std::optional<Timestamp>();
    CC_TRY_ASSIGN(const Timestamp at, opened->changed());
    return std::optional<Timestamp>(at);
  }
  Timestamp started() const override {
    return SystemClock().wall() - Duration(static_cast<std::int64_t>(::GetTickCount64()));
  }

  Result<std::optional<WindowsServiceView>> service(const std::string& name) const override {
    const platform::ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
    if (manager == nullptr) {
      return platform::system_error(::GetLastError(), "ask for the services");
    }
    const platform::ServiceHandle service(::OpenServiceW(
        manager.get(), wide(name).c_str(), SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS));
    if (service == nullptr) {
      const DWORD code = ::GetLastError();
      if (code == ERROR_SERVICE_DOES_NOT_EXIST) return std::optional<WindowsServiceView>();
      return platform::system_error(code, "read the service " + name);
    }
    CC_TRY_ASSIGN(WindowsServiceView view, view_of(service.get(), name));
    return std::optional(std::move(view));
  }

  Result<std::vector<crypto::Certificate>> certificates(const std::string& store) const override {
    const std::wstring name = wide(store);
    const crypto::CertStorePtr opened(::CertOpenStore(
        CERT_STORE_PROV_SYSTEM_W, 0, 0,
        CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG,
        name.c_str()));
    std::vector<crypto::Certificate> found;
    if (opened == nullptr) return found;
    const CERT_CONTEXT* at = nullptr;
    while ((at = ::CertEnumCertificatesInStore(opened.get(), at)) != nullptr) {
      auto certificate = crypto::Certificate::from_der({at->pbCertEncoded, at->cbCertEncoded});
      if (certificate.ok()) found.push_back(std::move(certificate).value());
    }
    return found;
  }

  Result<std::string> iis_configuration() const override {
    return platform::read_file(system_folder() + "/inetsrv/config/applicationHost.config",
                               kMaxIisConfiguration);
  }

  Result<http::Response> get(const std::string& target) const override {
    http::Peer peer;
    peer.address = "127.0.0.1";
    peer.port = http_port_;
    http::Request request;
    request.method = "GET";
    const std::size_t query = target.find('?');
    request.path = target.substr(0, query);
    if (query != std::string::npos) request.query = target.substr(query + 1);
    return http::fetch(peer, request, kPatience);
  }

  bool file_exists(const std::string& path) const override {
    std::error_code ignored;
    return std::filesystem::is_regular_file(std::filesystem::u8path(path), ignored);
  }

 private:
  const std::uint16_t http_port_;
};

}  // namespace

std::shared_ptr<const WindowsServer> windows_server(std::uint16_t http_port) {
  return std::make_shared<Machine>(http_port);
}

}  // namespace certconnector::doctor
