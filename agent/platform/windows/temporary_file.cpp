#include "agent/platform/temporary_file.h"

#include <windows.h>

#include <random>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/replace.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// The list of who may use it comes later, and the name with it.
constexpr DWORD kUses = GENERIC_READ | GENERIC_WRITE | DELETE | READ_CONTROL | WRITE_DAC;
constexpr int kMostNames = 100;

std::string random_letters() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> any(0, kLetters.size() - 1);
  std::string letters;
  while (letters.size() < TemporaryFile::kRandomLetters) letters += kLetters[any(device)];
  return letters;
}

}  // namespace

Result<TemporaryFile> TemporaryFile::create(const std::string& stem) {
  CC_TRY_ASSIGN(const SecurityDescriptor closed, descriptor_for_file(Audience::nobody));
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), closed.get(), FALSE};
  for (int tries = 1;; ++tries) {
    std::string name = stem + random_letters();
    const HANDLE made =
        ::CreateFileW(system_path(name).c_str(), kUses, FILE_SHARE_READ | FILE_SHARE_DELETE,
                      &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (made != INVALID_HANDLE_VALUE) {
      return TemporaryFile(OpenFile(reinterpret_cast<std::intptr_t>(made), name), name);
    }
    const DWORD error = ::GetLastError();
    if (error != ERROR_FILE_EXISTS || tries == kMostNames) {
      return system_error(error, "create a file in " + parent_path(stem));
    }
  }
}

TemporaryFile::~TemporaryFile() {
  file_.close();
  if (!name_.empty()) ::DeleteFileW(system_path(name_).c_str());
}

OpenFile TemporaryFile::release() {
  ::DeleteFileW(system_path(name_).c_str());
  name_.clear();
  return std::move(file_);
}

Status TemporaryFile::complete(FileMode mode) const {
  CC_TRY(set_access(native_handle(file_), audience_of(mode), name_));
  if (::FlushFileBuffers(native_handle(file_)) == 0)
    return system_error(::GetLastError(), "write " + name_ + " to disk");
  return {};
}

Status TemporaryFile::rename_to(const std::string& path) {
  const DWORD failed = replace(native_handle(file_), system_path(name_), system_path(path));
  if (failed != ERROR_SUCCESS) return system_error(failed, "replace " + path);
  // Readers that do not let others delete what they read could not open it beside us.
  file_.close();
  name_.clear();
  return {};
}

Status TemporaryFile::link_to(const std::string& path) {
  const DWORD failed = rename(system_path(name_), system_path(path));
  if (failed == ERROR_ALREADY_EXISTS || failed == ERROR_FILE_EXISTS) {
    return Error(PlatformErrc::exists, ErrorKind::permanent,
                 path + " is there already and is not replaced; move it away first");
  }
  if (failed != ERROR_SUCCESS) return system_error(failed, "create " + path);
  file_.close();
  name_.clear();
  return {};
}

}  // namespace certconnector::platform
