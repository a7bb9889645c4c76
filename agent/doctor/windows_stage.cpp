// The service of Windows, and the server that it stands on.
#include <string>
#include <utility>

#include "agent/doctor/stages.h"
#include "agent/doctor/windows_server.h"
#include "common/time/rfc3339.h"

namespace certconnector::doctor {
namespace {

constexpr const char* kHttp = "SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
constexpr const char* kWindows = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
constexpr const char* kTlsServer =
    "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
constexpr std::uint32_t kWindows10 = 10;

std::string text(const WindowsServer& server, const std::string& key, const std::string& value) {
  const auto found = server.text(key, value);
  return found.ok() ? found->value_or("") : "";
}

std::optional<std::uint32_t> number(const WindowsServer& server, const std::string& key,
                                    const std::string& value) {
  const auto found = server.number(key, value);
  return found.ok() ? *found : std::nullopt;
}

void failed(Examination& examination, const Check& check, std::string subject, std::string evidence,
            std::string remedy) {
  examination.add(check, Verdict::failed, std::move(subject), std::move(evidence),
                  std::move(remedy));
}

void version(const WindowsServer& server, Examination& examination) {
  const auto major = number(server, kWindows, "CurrentMajorVersionNumber");
  const std::string name = text(server, kWindows, "ProductName");
  if (major.value_or(0) >= kWindows10) {
    examination.ok(check::kWindowsVersion, {}, name);
  } else {
    failed(examination, check::kWindowsVersion, {}, name.empty() ? "an old Windows" : name,
           "Use Windows Server 2016 or later");
  }
}

void roles(const WindowsServer& server, Examination& examination) {
  for (const auto& [service, role] :
       {std::pair("NTDS", "a domain controller"), std::pair("CertSvc", "a CA of AD CS")}) {
    const auto found = server.service(service);
    if (!found.ok() || !*found) continue;
    examination.add(check::kWindowsRoles, Verdict::warning, service,
                    std::string("this machine is also ") + role,
                    "Put NDES and connector on another server: Microsoft supports them there "
                    "alone");
    return;
  }
  examination.ok(check::kWindowsRoles, {}, "neither a domain controller nor a CA");
}

void tls(const WindowsServer& server, Examination& examination) {
  const bool off = number(server, kTlsServer, "Enabled").value_or(1) == 0 ||
                   number(server, kTlsServer, "DisabledByDefault").value_or(0) != 0;
  if (off) {
    failed(examination, check::kWindowsTls, {},
           "TLS 1.2 is switched off for servers of Windows, such as IIS",
           std::string("Remove Enabled and DisabledByDefault from HKLM\\") + kTlsServer +
               ", then restart the computer");
  } else {
    examination.ok(check::kWindowsTls, {}, "TLS 1.2 is on for servers of Windows");
  }
}

// HTTP.sys reads its limits when Windows starts.
void restart(const WindowsServer& server, Examination& examination) {
  const auto changed = server.changed(kHttp);
  if (!changed.ok() || !*changed) return;
  if (server.started() < **changed) {
    examination.add(
        check::kWindowsRestart, Verdict::warning, kHttp,
        "the limits of HTTP.sys changed on " + to_rfc3339(**changed) + ", after Windows started",
        "Restart the computer; `iisreset` is not enough");
  } else {
    examination.ok(check::kWindowsRestart, {}, "Windows has started since the limits changed");
  }
}

void examine_service(const WindowsServer& server, Examination& examination) {
  const auto found = server.service("CertificateConnector");
  if (!found.ok() || !*found) {
    examination.add(check::kServiceInstalled, Verdict::warning, "CertificateConnector",
                    "there is no such service", "Install the MSI");
    return;
  }
  const WindowsServiceView& service = **found;
  const std::string evidence = "it runs as " + service.account;
  if (!service.automatic) {
    examination.add(check::kServiceInstalled, Verdict::warning, "CertificateConnector",
                    "it does not start with Windows",
                    "sc config CertificateConnector start= delayed-auto");
  } else if (!service.running) {
    examination.add(check::kServiceInstalled, Verdict::failed, "CertificateConnector",
                    "it does not run", "net start CertificateConnector");
  } else {
    examination.ok(check::kServiceInstalled, "CertificateConnector", evidence);
  }
}

}  // namespace

void examine_windows(const Parts& parts, Examination& examination) {
  if (!parts.windows) return;
  const WindowsServer& server = *parts.windows;
  if (examination.wants("service")) examine_service(server, examination);
  if (!examination.wants("windows")) return;
  version(server, examination);
  roles(server, examination);
  tls(server, examination);
  restart(server, examination);
}

}  // namespace certconnector::doctor
