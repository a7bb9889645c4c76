#include "agent/app/published_crl.h"

#include "agent/ca/earlier_records.h"
#include "common/crypto/crl.h"

namespace certconnector::app {

std::optional<store::PublishedCrl> read_published_crl(ByteView der, const crypto::Certificate& ca) {
  const auto crl = crypto::parse_crl(der);
  if (!crl.ok() || !crypto::verify_crl(*crl, ca).ok()) return std::nullopt;
  store::PublishedCrl published;
  if (crl->number) published.number = ca::small_number(*crl->number).value_or(0);
  const Status read = crypto::for_each_entry(*crl, [&](const crypto::CrlEntry& entry) {
    if (entry.serial && !entry.serial->empty()) {
      published.revoked.push_back({entry.serial->to_bytes(), ca::revocation_of(entry)});
    }
    return Status();
  });
  return read.ok() ? std::make_optional(std::move(published)) : std::nullopt;
}

}  // namespace certconnector::app
