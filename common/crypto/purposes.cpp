#include "common/crypto/purposes.h"

#include <algorithm>

namespace certconnector::crypto {

std::string purpose_text(const std::string& oid) {
  const auto* const found =
      std::find_if(kPurposeNames.begin(), kPurposeNames.end(),
                   [&](const PurposeName& purpose) { return purpose.oid == oid; });
  return found == kPurposeNames.end() ? oid : std::string(found->name) + " (" + oid + ")";
}

std::string purpose_list_text(const std::vector<std::string>& oids) {
  std::string text;
  for (const std::string& oid : oids) text += (text.empty() ? "" : ", ") + purpose_text(oid);
  return text.empty() ? "none" : text;
}

}  // namespace certconnector::crypto
