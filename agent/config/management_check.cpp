#include "agent/config/management_check.h"

namespace certconnector::config {
namespace {

constexpr const char* kManagement = "management";

// The key that names the client certificate.
const char* key_of_certificate(const ManagementSettings& m) {
  if (!m.certificate_store.empty()) return "certificate_store";
  return m.pkcs12_file.empty() ? "certificate_file" : "pkcs12_file";
}

void check_certificate(const ManagementSettings& m, const Complain& complain) {
  if (m.certificate_file.empty() != m.key_file.empty()) {
    complain(kManagement, m.key_file.empty() ? "certificate_file" : "key_file",
             "needs the other one of certificate_file and key_file beside it");
  }
  if (!m.pkcs12_file.empty() && !m.certificate_file.empty()) {
    complain(kManagement, "pkcs12_file",
             "stands instead of certificate_file and key_file, not beside them");
  }
  const bool in_files = !m.pkcs12_file.empty() || !m.certificate_file.empty() ||
                        !m.key_file.empty() || !m.passphrase_file.empty();
  if (!m.certificate_store.empty() && in_files) {
    complain(kManagement, "certificate_store",
             "stands instead of certificate_file, key_file, pkcs12_file and passphrase_file, not "
             "beside them");
  }
  if (m.own_certificate() && m.url.empty()) {
    complain(kManagement, key_of_certificate(m),
             "needs url as well: without an enrollment the agent does not know its endpoint");
  }
  if (m.own_certificate() && m.ca_file.empty() && m.ca == EndpointCa::configured) {
    complain(kManagement, key_of_certificate(m),
             "needs ca_file as well: the CA that the endpoint's certificate comes from");
  }
  if (m.ca == EndpointCa::system && !m.ca_file.empty()) {
    complain(kManagement, "ca_file", "does not stand beside ca = system: one of them is trusted");
  }
}

void check_proxy(const ManagementSettings& m, const Complain& complain) {
  if (m.proxy == kSystemProxy && !m.proxy_user.empty()) {
    complain(kManagement, "proxy_user", "needs the URL of its proxy: the machine's gets no login");
  }
  if (m.proxy.empty() && !m.proxy_user.empty()) {
    complain(kManagement, "proxy_user", "needs proxy as well");
  }
  if (m.proxy_user.empty() != m.proxy_password_file.empty()) {
    complain(kManagement, m.proxy_user.empty() ? "proxy_password_file" : "proxy_user",
             "needs the other one of proxy_user and proxy_password_file beside it");
  }
}

}  // namespace

void check_management(const ManagementSettings& management, const Complain& complain) {
  check_certificate(management, complain);
  check_proxy(management, complain);
}

}  // namespace certconnector::config
