#include "agent/platform/windows/registry.h"

#include <utility>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr DWORD kLargest = 64 * 1024;  // octets of a value

SystemErrorNumber number_of(LSTATUS code) { return static_cast<SystemErrorNumber>(code); }

Error registry_error(LSTATUS code, const char* doing, const std::wstring& path) {
  return system_error(number_of(code), std::string(doing) + " HKLM\\" + narrow(path));
}

}  // namespace

Result<std::optional<RegistryKey>> RegistryKey::open(const std::wstring& path) {
  HKEY key = nullptr;
  const LSTATUS code =
      ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
  if (code == ERROR_FILE_NOT_FOUND) return std::optional<RegistryKey>();
  if (code != ERROR_SUCCESS) return registry_error(code, "read", path);
  return std::optional<RegistryKey>(RegistryKey(key, path));
}

Result<RegistryKey> RegistryKey::make(const std::wstring& path) {
  HKEY key = nullptr;
  const LSTATUS code = ::RegCreateKeyExW(
      HKEY_LOCAL_MACHINE, path.c_str(), 0, nullptr, 0,
      KEY_QUERY_VALUE | KEY_SET_VALUE | WRITE_DAC | KEY_WOW64_64KEY, nullptr, &key, nullptr);
  if (code != ERROR_SUCCESS) return registry_error(code, "write", path);
  return RegistryKey(key, path);
}

RegistryKey::RegistryKey(RegistryKey&& other) noexcept
    : key_(std::exchange(other.key_, nullptr)), path_(std::move(other.path_)) {}

RegistryKey& RegistryKey::operator=(RegistryKey&& other) noexcept {
  std::swap(key_, other.key_);
  std::swap(path_, other.path_);
  return *this;
}

RegistryKey::~RegistryKey() {
  if (key_ != nullptr) ::RegCloseKey(key_);
}

Error RegistryKey::failed(const std::wstring& name, const char* doing, LSTATUS code) const {
  const std::wstring full = path_ + L" (" + name + L")";
  if (code != ERROR_UNSUPPORTED_TYPE) return registry_error(code, doing, full);
  return {PlatformErrc::malformed, ErrorKind::permanent,
          "HKLM\\" + narrow(full) + " is of another type"};
}

Result<std::optional<std::string>> RegistryKey::text(const std::wstring& name) const {
  std::vector<wchar_t> value(kLargest / sizeof(wchar_t));
  DWORD size = kLargest;
  const LSTATUS code =
      ::RegGetValueW(key_, nullptr, name.c_str(), RRF_RT_REG_SZ, nullptr, value.data(), &size);
  if (code == ERROR_FILE_NOT_FOUND) return std::optional<std::string>();
  if (code != ERROR_SUCCESS) return failed(name, "read", code);
  return std::optional<std::string>(narrow(value.data()));
}

Result<std::optional<std::uint32_t>> RegistryKey::number(const std::wstring& name) const {
  DWORD value = 0;
  DWORD size = sizeof(value);
  const LSTATUS code =
      ::RegGetValueW(key_, nullptr, name.c_str(), RRF_RT_REG_DWORD, nullptr, &value, &size);
  if (code == ERROR_FILE_NOT_FOUND) return std::optional<std::uint32_t>();
  if (code != ERROR_SUCCESS) return failed(name, "read", code);
  return std::optional<std::uint32_t>(value);
}

Result<std::optional<Bytes>> RegistryKey::octets(const std::wstring& name) const {
  Bytes value(kLargest);
  DWORD size = kLargest;
  const LSTATUS code =
      ::RegGetValueW(key_, nullptr, name.c_str(), RRF_RT_REG_BINARY, nullptr, value.data(), &size);
  if (code == ERROR_FILE_NOT_FOUND) return std::optional<Bytes>();
  if (code != ERROR_SUCCESS) return failed(name, "read", code);
  value.resize(size);
  return std::optional<Bytes>(std::move(value));
}

Result<Timestamp> RegistryKey::changed() const {
  FILETIME at{};
  const LSTATUS code = ::RegQueryInfoKeyW(key_, nullptr, nullptr, nullptr, nullptr, nullptr,
                                          nullptr, nullptr, nullptr, nullptr, nullptr, &at);
  if (code != ERROR_SUCCESS) return registry_error(code, "read", path_);
  // 100 ns since 1601.
  constexpr std::uint64_t kTicksOfMillisecond = 10000;
  constexpr std::int64_t kUnixEpoch = 11644473600000;
  const std::uint64_t ticks =
      (static_cast<std::uint64_t>(at.dwHighDateTime) << 32U) | at.dwLowDateTime;
  return from_millis(static_cast<std::int64_t>(ticks / kTicksOfMillisecond) - kUnixEpoch);
}

Status RegistryKey::set_text(const std::wstring& name, const std::string& text) {
  const std::wstring value = wide(text);
  const LSTATUS code =
      ::RegSetValueExW(key_, name.c_str(), 0, REG_SZ, reinterpret_cast<const BYTE*>(value.c_str()),
                       static_cast<DWORD>((value.size() + 1) * sizeof(wchar_t)));
  if (code != ERROR_SUCCESS) return failed(name, "write", code);
  return {};
}

Status RegistryKey::set_number(const std::wstring& name, std::uint32_t number) {
  const DWORD value = number;
  const LSTATUS code = ::RegSetValueExW(key_, name.c_str(), 0, REG_DWORD,
                                        reinterpret_cast<const BYTE*>(&value), sizeof(value));
  if (code != ERROR_SUCCESS) return failed(name, "write", code);
  return {};
}

Status RegistryKey::remove_value(const std::wstring& name) {
  const LSTATUS code = ::RegDeleteValueW(key_, name.c_str());
  if (code != ERROR_SUCCESS && code != ERROR_FILE_NOT_FOUND) return failed(name, "remove", code);
  return {};
}

Status RegistryKey::set_users(const std::wstring& sddl) {
  CC_TRY_ASSIGN(const SecurityDescriptor users, descriptor_of(sddl));
  const LSTATUS code = ::RegSetKeySecurity(
      key_, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, users.get());
  if (code != ERROR_SUCCESS) return registry_error(code, "set who may use", path_);
  return {};
}

Status remove_registry_key(const std::wstring& path) {
  const LSTATUS code = ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, path.c_str());
  if (code != ERROR_SUCCESS && code != ERROR_FILE_NOT_FOUND) {
    return registry_error(code, "remove", path);
  }
  return {};
}

}  // namespace certconnector::platform
