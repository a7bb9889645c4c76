// The extended key usages that have a name in configurations, for messages and for reading.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace certconnector::crypto {

struct PurposeName {
  std::string_view name;
  std::string_view oid;
};

// RFC 5280 section 4.2.1.12, and Microsoft's smart-card logon.
inline constexpr std::array<PurposeName, 4> kPurposeNames{
    {{"serverAuth", "1.3.6.1.5.5.7.3.1"},
     {"clientAuth", "1.3.6.1.5.5.7.3.2"},
     {"emailProtection", "1.3.6.1.5.5.7.3.4"},
     {"smartcardLogon", "1.3.6.1.4.1.311.20.2.2"}}};

// "serverAuth (1.3.6.1.5.5.7.3.1)"; an object identifier without a name stands alone.
[[nodiscard]] std::string purpose_text(const std::string& oid);
// Them with commas; "none" without one.
[[nodiscard]] std::string purpose_list_text(const std::vector<std::string>& oids);

}  // namespace certconnector::crypto
