// One CRL of the issuing CA: verified, with its entries in order, so that one is found at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/crl.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ndes {

// Immutable, thread-safe.
class RevocationList {
 public:
  struct Entry {
    ByteView serial;  // big-endian magnitude
    Timestamp at;
    bool lifted = false;  // removeFromCRL: a delta CRL ends a hold
  };

  // Verifies issuer and signature, not dates and scope. Errors: those of common/crypto/crl.h;
  // mismatch: the CA's key usage lacks cRLSign.
  [[nodiscard]] static Result<std::shared_ptr<const RevocationList>> make(
      Bytes der, crypto::CrlKind kind, const crypto::Certificate& ca);

  RevocationList(const RevocationList&) = delete;
  RevocationList& operator=(const RevocationList&) = delete;

  [[nodiscard]] const crypto::Crl& crl() const { return crl_; }
  // Null: not on the list. Of several entries one that revokes.
  [[nodiscard]] const Entry* find(ByteView serial) const;
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }
  [[nodiscard]] std::size_t octets() const;  // of memory, about

 private:
  explicit RevocationList(Bytes der) : der_(std::move(der)) {}
  [[nodiscard]] Status index();

  const Bytes der_;
  crypto::Crl crl_;  // views into der_
  std::vector<Entry> entries_;
};

using RevocationListRef = std::shared_ptr<const RevocationList>;

// Whether the list is of a time that has not come, by more than clocks differ.
[[nodiscard]] bool is_to_come(const crypto::Crl& crl, Timestamp now);

// Less, equal or greater than 0, as the numbers are: big-endian magnitudes without leading zeros.
[[nodiscard]] int compare_numbers(ByteView a, ByteView b);

// Why the list shows nothing about a certificate of these distribution points, or shows it no more:
// RFC 5280 section 6.3.3. Empty: it shows it.
[[nodiscard]] std::string why_unusable(const crypto::Crl& crl,
                                       const std::vector<crypto::DistributionPoint>& points,
                                       Timestamp now);
// Whether the delta CRL says the changes to a newer CRL than this full one.
[[nodiscard]] bool has_newer_base(const crypto::Crl& full, const crypto::Crl& delta);
// Why the delta CRL does not go with the full one. Empty: it does.
[[nodiscard]] std::string why_no_match(const crypto::Crl& full, const crypto::Crl& delta);

}  // namespace certconnector::ndes
