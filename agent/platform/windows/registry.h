// Keys of the registry below HKEY_LOCAL_MACHINE, in the view of 64-bit programs.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <string>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::platform {

// Owns one open key. One thread at a time. Errors: those of system_error(); malformed for a value
// of another type. Texts are UTF-8, and of REG_SZ alone.
class RegistryKey {
 public:
  // For reading. Nothing where there is none.
  [[nodiscard]] static Result<std::optional<RegistryKey>> open(const std::wstring& path);
  // For writing; with its parents, where they are not there.
  [[nodiscard]] static Result<RegistryKey> make(const std::wstring& path);

  RegistryKey(RegistryKey&& other) noexcept;
  RegistryKey& operator=(RegistryKey&& other) noexcept;
  ~RegistryKey();
  RegistryKey(const RegistryKey&) = delete;
  RegistryKey& operator=(const RegistryKey&) = delete;

  // Nothing where there is no such value.
  [[nodiscard]] Result<std::optional<std::string>> text(const std::wstring& name) const;
  [[nodiscard]] Result<std::optional<std::uint32_t>> number(const std::wstring& name) const;
  // Of REG_BINARY.
  [[nodiscard]] Result<std::optional<Bytes>> octets(const std::wstring& name) const;
  // When the key or a value of it last changed.
  [[nodiscard]] Result<Timestamp> changed() const;
  // The name "" is the value of the key itself.
  [[nodiscard]] Status set_text(const std::wstring& name, const std::string& text);
  [[nodiscard]] Status set_number(const std::wstring& name, std::uint32_t number);
  // No error where there is none.
  [[nodiscard]] Status remove_value(const std::wstring& name);
  // Gives the key these users, in SDDL.
  [[nodiscard]] Status set_users(const std::wstring& sddl);

 private:
  RegistryKey(HKEY key, std::wstring path) : key_(key), path_(std::move(path)) {}
  [[nodiscard]] Error failed(const std::wstring& name, const char* doing, LSTATUS code) const;

  HKEY key_;
  std::wstring path_;
};

// With all that is in it. No error where there is none.
[[nodiscard]] Status remove_registry_key(const std::wstring& path);

}  // namespace certconnector::platform
