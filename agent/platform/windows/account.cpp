#include "agent/platform/windows/account.h"

#include <sddl.h>

#include <array>

#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

bool is_group(SID_NAME_USE use) {
  return use == SidTypeGroup || use == SidTypeAlias || use == SidTypeWellKnownGroup;
}

// The system looks for ".\user" in a domain of that name.
std::wstring without_dot(const std::wstring& name) {
  return name.compare(0, 2, L".\\") == 0 ? name.substr(2) : name;
}

}  // namespace

Sid::Sid(PSID sid) : octets_(::GetLengthSid(sid)) {
  ::CopySid(static_cast<DWORD>(octets_.size()), octets_.data(), sid);
}

std::optional<Sid> find_account(const std::wstring& name, AccountKind kind) {
  if (name.empty()) return std::nullopt;
  std::array<BYTE, SECURITY_MAX_SID_SIZE> sid{};
  std::array<wchar_t, 256> domain{};
  auto sid_size = static_cast<DWORD>(sid.size());
  auto domain_size = static_cast<DWORD>(domain.size());
  SID_NAME_USE use{};
  if (::LookupAccountNameW(nullptr, without_dot(name).c_str(), sid.data(), &sid_size, domain.data(),
                           &domain_size, &use) == 0) {
    return std::nullopt;
  }
  if (is_group(use) != (kind == AccountKind::group)) return std::nullopt;
  return Sid(sid.data());
}

Sid well_known(WELL_KNOWN_SID_TYPE type) {
  std::array<BYTE, SECURITY_MAX_SID_SIZE> sid{};
  auto size = static_cast<DWORD>(sid.size());
  ::CreateWellKnownSid(type, nullptr, sid.data(), &size);
  return Sid(sid.data());
}

std::optional<Sid> user_of(HANDLE token) {
  alignas(TOKEN_USER) std::array<BYTE, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> user{};
  DWORD size = 0;
  if (::GetTokenInformation(token, TokenUser, user.data(), static_cast<DWORD>(user.size()),
                            &size) == 0) {
    return std::nullopt;
  }
  return Sid(reinterpret_cast<TOKEN_USER*>(user.data())->User.Sid);
}

std::optional<Sid> own_account() {
  HANDLE opened = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened) == 0) return std::nullopt;
  const Handle token(opened);
  return user_of(token.get());
}

std::string account_name(PSID sid) {
  std::array<wchar_t, 256> name{};
  std::array<wchar_t, 256> domain{};
  auto name_size = static_cast<DWORD>(name.size());
  auto domain_size = static_cast<DWORD>(domain.size());
  SID_NAME_USE use{};
  if (::LookupAccountSidW(nullptr, sid, name.data(), &name_size, domain.data(), &domain_size,
                          &use) != 0) {
    const std::string before = narrow(domain.data());
    return before.empty() ? narrow(name.data()) : before + "\\" + narrow(name.data());
  }
  const std::wstring text = sid_text(sid);
  return text.empty() ? "another account" : narrow(text);
}

std::wstring sid_text(PSID sid) {
  LPWSTR made = nullptr;
  if (::ConvertSidToStringSidW(sid, &made) == 0) return {};
  std::wstring text(made);
  ::LocalFree(made);
  return text;
}

}  // namespace certconnector::platform
