#include "agent/ndes/revocation_list.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "common/crypto/errors.h"
#include "common/crypto/pkcs10.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ndes {
namespace {

constexpr std::uint64_t kRemoveFromCrl = 8;
constexpr Duration kClockSkew{std::chrono::minutes(5)};

Status check_signs_crls(const crypto::Certificate& ca) {
  if (ca.key_usage() == 0 || (ca.key_usage() & crypto::kCrlSign) != 0) return {};
  return Error(
      crypto::CryptoErrc::mismatch, ErrorKind::permanent,
      "the key usage of " + ca.subject_text() + " lacks cRLSign, so its CRLs count for nothing");
}

bool names_the_same(const crypto::DistributionPoint& scope,
                    const std::vector<crypto::DistributionPoint>& points) {
  return std::any_of(points.begin(), points.end(), [&](const crypto::DistributionPoint& point) {
    return std::any_of(point.names.begin(), point.names.end(), [&](ByteView name) {
      return std::find(scope.names.begin(), scope.names.end(), name) != scope.names.end();
    });
  });
}

std::string why_out_of_scope(const crypto::CrlScope& scope,
                             const std::vector<crypto::DistributionPoint>& points) {
  if (scope.cas_only) return "is for CA certificates alone";
  if (scope.attributes_only) return "is for attribute certificates alone";
  if (scope.point.relative) return "names its distribution point relative to the CA";
  if (scope.point.names.empty() || names_the_same(scope.point, points)) return {};
  return "is for other distribution points than the certificate names";
}

}  // namespace

Result<RevocationListRef> RevocationList::make(Bytes der, crypto::CrlKind kind,
                                               const crypto::Certificate& ca) {
  const std::shared_ptr<RevocationList> list(new RevocationList(std::move(der)));
  CC_TRY_ASSIGN(list->crl_, crypto::parse_crl(list->der_, kind));
  CC_TRY(check_signs_crls(ca));
  CC_TRY(crypto::verify_crl(list->crl_, ca));
  CC_TRY(list->index());
  return RevocationListRef(list);
}

Status RevocationList::index() {
  CC_TRY(crypto::for_each_entry(crl_, [this](const crypto::CrlEntry& entry) {
    if (entry.serial) {
      entries_.push_back({*entry.serial, entry.at, entry.reason == kRemoveFromCrl});
    }
    return Status();
  }));
  entries_.shrink_to_fit();
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    const int order = compare_numbers(a.serial, b.serial);
    return order != 0 ? order < 0 : !a.lifted && b.lifted;
  });
  return {};
}

const RevocationList::Entry* RevocationList::find(ByteView serial) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), serial,
                                      [](const Entry& entry, ByteView wanted) {
                                        return compare_numbers(entry.serial, wanted) < 0;
                                      });
  return found == entries_.end() || found->serial != serial ? nullptr : &*found;
}

std::size_t RevocationList::octets() const { return der_.size() + entries_.size() * sizeof(Entry); }

int compare_numbers(ByteView a, ByteView b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size());
}

bool is_to_come(const crypto::Crl& crl, Timestamp now) {
  return crl.this_update > now + kClockSkew;
}

std::string why_unusable(const crypto::Crl& crl,
                         const std::vector<crypto::DistributionPoint>& points, Timestamp now) {
  if (is_to_come(crl, now)) {
    return "is of " + to_rfc3339(crl.this_update) + ", which is to come; compare the clocks";
  }
  if (!crl.next_update) return "does not say when the next one comes (nextUpdate)";
  if (*crl.next_update <= now) {
    return "expired on " + to_rfc3339(*crl.next_update) + "; let the CA publish a new one";
  }
  return crl.scope ? why_out_of_scope(*crl.scope, points) : std::string();
}

bool has_newer_base(const crypto::Crl& full, const crypto::Crl& delta) {
  return full.number && delta.base_number && compare_numbers(*full.number, *delta.base_number) < 0;
}

std::string why_no_match(const crypto::Crl& full, const crypto::Crl& delta) {
  if (!full.number) return "cannot be used: the full CRL has no number";
  const ByteView full_scope = full.scope ? full.scope->value : ByteView();
  const ByteView delta_scope = delta.scope ? delta.scope->value : ByteView();
  if (full_scope != delta_scope) return "has another scope than the full CRL";
  if (!has_newer_base(full, delta)) return {};
  return "says the changes to the full CRL 0x" + text::to_hex(*delta.base_number) +
         ", and the full one at hand is the older 0x" + text::to_hex(*full.number);
}

}  // namespace certconnector::ndes
