#include "agent/platform/windows/service_account.h"

#include <bcrypt.h>
#include <winsvc.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "agent/platform/windows/service_handle.h"
#include "agent/platform/windows/service_name.h"

namespace certconnector::platform {
namespace {

constexpr DWORD kServiceAuthority = 80;  // SECURITY_SERVICE_ID_BASE_RID
constexpr std::size_t kSha1 = 20;

// "LocalSystem" is no account by name, and one that everybody trusts anyway.
std::wstring account_of(SC_HANDLE service) {
  DWORD size = 0;
  ::QueryServiceConfigW(service, nullptr, 0, &size);
  std::vector<QUERY_SERVICE_CONFIGW> room(size / sizeof(QUERY_SERVICE_CONFIGW) + 1);
  size = static_cast<DWORD>(room.size() * sizeof(QUERY_SERVICE_CONFIGW));
  if (::QueryServiceConfigW(service, room.data(), size, &size) == 0) return {};
  const wchar_t* name = room.front().lpServiceStartName;
  return name == nullptr ? std::wstring() : std::wstring(name);
}

std::array<BYTE, kSha1> sha1_of(std::wstring text) {
  std::array<BYTE, kSha1> digest{};
  BCRYPT_ALG_HANDLE sha1 = nullptr;
  if (::BCryptOpenAlgorithmProvider(&sha1, BCRYPT_SHA1_ALGORITHM, nullptr, 0) != 0) return digest;
  ::BCryptHash(sha1, nullptr, 0, reinterpret_cast<PUCHAR>(text.data()),
               static_cast<ULONG>(text.size() * sizeof(wchar_t)), digest.data(),
               static_cast<ULONG>(digest.size()));
  ::BCryptCloseAlgorithmProvider(sha1, 0);
  return digest;
}

}  // namespace

// S-1-5-80 and the SHA-1 of the name in capitals.
Sid service_sid() {
  std::wstring name = kServiceName;
  ::CharUpperBuffW(name.data(), static_cast<DWORD>(name.size()));
  alignas(DWORD) std::array<BYTE, kSha1> digest = sha1_of(name);
  alignas(SID) std::array<BYTE, SECURITY_MAX_SID_SIZE> sid{};
  SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
  ::InitializeSid(sid.data(), &authority, 1 + kSha1 / sizeof(DWORD));
  *::GetSidSubAuthority(sid.data(), 0) = kServiceAuthority;
  const auto* part = reinterpret_cast<const DWORD*>(digest.data());
  for (DWORD i = 0; i < kSha1 / sizeof(DWORD); ++i) {
    *::GetSidSubAuthority(sid.data(), 1 + i) = part[i];
  }
  return Sid(sid.data());
}

std::optional<Sid> service_account() {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (!manager) return std::nullopt;
  const ServiceHandle service(::OpenServiceW(manager.get(), kServiceName, SERVICE_QUERY_CONFIG));
  if (!service) return std::nullopt;
  const std::wstring name = account_of(service.get());
  if (::_wcsicmp(name.c_str(), kServiceAccount) == 0) return service_sid();
  return find_account(name, AccountKind::account);
}

}  // namespace certconnector::platform
