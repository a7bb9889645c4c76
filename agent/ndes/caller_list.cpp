#include "agent/ndes/caller_list.h"

#include <algorithm>

#include "agent/enrollment/errors.h"
#include "common/crypto/certificate.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::ndes {
namespace {

constexpr std::string_view kDns = "dns:";
constexpr std::string_view kThumbprint = "sha256:";

bool begins_with(const std::string& text, std::string_view head) {
  return text.compare(0, head.size(), head) == 0;
}

}  // namespace

Result<CallerList> CallerList::make(const std::vector<std::string>& entries) {
  CallerList list;
  for (const std::string& entry : entries) {
    if (begins_with(entry, kDns) && entry.size() > kDns.size()) {
      list.names_.insert(text::to_lower(entry.substr(kDns.size())));
      continue;
    }
    crypto::Sha256 thumbprint{};
    const auto octets = begins_with(entry, kThumbprint)
                            ? text::from_hex(std::string_view(entry).substr(kThumbprint.size()))
                            : std::nullopt;
    if (!octets || octets->size() != thumbprint.size()) {
      return Error(enrollment::EnrollmentErrc::bad_caller, ErrorKind::permanent,
                   "\"" + entry + "\" is neither dns:NAME nor sha256: and 64 hex digits");
    }
    std::copy(octets->begin(), octets->end(), thumbprint.begin());
    list.thumbprints_.insert(thumbprint);
  }
  return list;
}

bool CallerList::allows(ByteView certificate) const {
  if (thumbprints_.count(crypto::sha256(certificate)) != 0) return true;
  if (names_.empty()) return false;
  const auto parsed = crypto::Certificate::from_der(certificate);
  if (!parsed.ok()) return false;
  const auto& names = parsed->subject_alt_names();
  return std::any_of(names.begin(), names.end(), [&](const crypto::GeneralName& name) {
    return name.kind == crypto::GeneralNameKind::dns &&
           names_.count(text::to_lower(name.value)) != 0;
  });
}

}  // namespace certconnector::ndes
