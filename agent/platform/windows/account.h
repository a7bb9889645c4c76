// Accounts and groups by their security identifiers. Thread-safe.
#pragma once

#include <windows.h>

#include <optional>
#include <string>
#include <vector>

namespace certconnector::platform {

// A copy of a security identifier.
class Sid {
 public:
  explicit Sid(PSID sid);
  // As CheckTokenMembership and others take it; they do not change it.
  [[nodiscard]] PSID get() const { return const_cast<BYTE*>(octets_.data()); }
  [[nodiscard]] bool operator==(const Sid& other) const {
    return ::EqualSid(get(), other.get()) != 0;
  }

 private:
  std::vector<BYTE> octets_;
};

enum class AccountKind { account, group };

// By the name as a person writes it: "certconnector", "DOMAIN\group", ".\user". Nothing: the
// system knows none of that kind.
[[nodiscard]] std::optional<Sid> find_account(const std::wstring& name, AccountKind kind);
[[nodiscard]] Sid well_known(WELL_KNOWN_SID_TYPE type);

// The user of an open token (TOKEN_QUERY), and of this process. Nothing: GetLastError() says why.
[[nodiscard]] std::optional<Sid> user_of(HANDLE token);
[[nodiscard]] std::optional<Sid> own_account();

// "DOMAIN\user", else "S-1-5-21-...".
[[nodiscard]] std::string account_name(PSID sid);
// "S-1-5-18"; empty: it is none.
[[nodiscard]] std::wstring sid_text(PSID sid);

}  // namespace certconnector::platform
