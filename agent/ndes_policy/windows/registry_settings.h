// The module's settings, HKLM\\SOFTWARE\\Certificate Connector\\NDES Policy:
//
//   Agent            https://HOST:PORT of the agent's [registration]
//   AgentCaFile      PEM: the CAs of the agent's certificate
//   Certificate      thumbprint:..., template:... or subject:... in the machine's store; or
//   CertificateFile  PEM: the certificate and its issuers, with
//   KeyFile          PEM: its key, which NDES's account may read
//   DeadlineSeconds  of each question, 1 to 60; 10 where there is none
//   DataFolder       of spool and log; where there is none, default_data_folder()
#pragma once

#include <string>

#include "agent/ndes_policy/module_session.h"

namespace certconnector::ndes_policy {

inline constexpr const wchar_t* kSettingsKey = L"SOFTWARE\\Certificate Connector\\NDES Policy";

struct InstalledModule {
  ModuleSettings settings;  // `unusable` has all mistakes
  CredentialSource credentials;
  std::string data_folder;
};

// Reads the registry and the file of anchors; asks nobody.
[[nodiscard]] InstalledModule read_installed_module();

[[nodiscard]] std::string default_data_folder();
[[nodiscard]] std::string spool_folder(const std::string& data_folder);
[[nodiscard]] std::string log_file(const std::string& data_folder);

}  // namespace certconnector::ndes_policy
