#include "agent/platform/defaults.h"

#include <windows.h>
#include <knownfolders.h>
#include <shlobj.h>

#include <algorithm>
#include <string>

#include "agent/platform/paths.h"
#include "agent/platform/windows/default_log.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

struct Texts {
  std::string configuration_file;
  std::string state_folder;
  std::string runtime_folder;
  std::string backup_folder;
};

// The system knows the folder. The environment is in the hands of the program that starts this one.
std::string program_data() {
  PWSTR found = nullptr;
  const HRESULT result = ::SHGetKnownFolderPath(FOLDERID_ProgramData, 0, nullptr, &found);
  std::string folder = SUCCEEDED(result) ? narrow(found) : "C:/ProgramData";
  ::CoTaskMemFree(found);
  std::replace(folder.begin(), folder.end(), '\\', '/');
  return folder;
}

Texts texts() {
  const std::string folder = program_data() + "/Certificate Connector";
  return {folder + "/certconnectord.conf", folder + "/state", folder + "/run", folder + "/backups"};
}

}  // namespace

std::string default_log_file() {
  return parent_path(defaults().configuration_file) + "/logs/certconnectord.log";
}

const Defaults& defaults() {
  static const Texts kTexts = texts();
  static const Defaults kDefaults{
      kTexts.configuration_file.c_str(), kTexts.state_folder.c_str(), kTexts.runtime_folder.c_str(),
      "//./pipe/certificate-connector",  // pipes have one folder, which is none of the disk
      kTexts.backup_folder.c_str(),
  };
  return kDefaults;
}

}  // namespace certconnector::platform
