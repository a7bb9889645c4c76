// Port: what a Windows Server tells of itself, for the checks beside an NDES.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/http/message.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::doctor {

struct WindowsServiceView {
  bool running = false;
  bool automatic = false;  // starts with Windows
  std::string account;     // "NT SERVICE\CertificateConnector", "CORP\svc$"
};

// Keys are below HKEY_LOCAL_MACHINE, in the view of 64-bit programs, with '\' between their parts.
// Nothing: there is no such key, value, service. Errors: this process may not look, or the value is
// of another type. Thread-safe.
class WindowsServer {
 public:
  virtual ~WindowsServer() = default;

  [[nodiscard]] virtual Result<std::optional<std::string>> text(const std::string& key,
                                                                const std::string& value) const = 0;
  [[nodiscard]] virtual Result<std::optional<std::uint32_t>> number(
      const std::string& key, const std::string& value) const = 0;
  [[nodiscard]] virtual Result<std::optional<Bytes>> octets(const std::string& key,
                                                            const std::string& value) const = 0;
  // When the key last changed.
  [[nodiscard]] virtual Result<std::optional<Timestamp>> changed(const std::string& key) const = 0;
  [[nodiscard]] virtual Timestamp started() const = 0;  // of Windows

  [[nodiscard]] virtual Result<std::optional<WindowsServiceView>> service(
      const std::string& name) const = 0;
  // Of the local computer: "MY", "ROOT". Those that cannot be read are left out.
  [[nodiscard]] virtual Result<std::vector<crypto::Certificate>> certificates(
      const std::string& store) const = 0;
  // applicationHost.config, at most 16 MiB.
  [[nodiscard]] virtual Result<std::string> iis_configuration() const = 0;
  // The answer of http://localhost to a GET of "/path?query".
  [[nodiscard]] virtual Result<http::Response> get(const std::string& target) const = 0;
  [[nodiscard]] virtual bool file_exists(const std::string& path) const = 0;
};

// Of this machine; null: it does not run Windows. `http_port`: of IIS.
[[nodiscard]] std::shared_ptr<const WindowsServer> windows_server(std::uint16_t http_port = 80);

}  // namespace certconnector::doctor
