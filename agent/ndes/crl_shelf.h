// The CRLs of one CA, as they were fetched: in memory, bounded in number and octets.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "agent/ndes/revocation_list.h"
#include "common/crypto/certificate.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::ndes {

inline constexpr std::size_t kMaxCrlOctets = std::size_t{32} * 1024 * 1024;  // of one CRL

// Both are bounded in octets (kMaxCrlOctets); `fetch` blocks for a bounded time and follows no
// redirect. Errors name the failure, not the place.
struct CrlAccess {
  std::function<Result<Bytes>(const std::string& url)> fetch;
  std::function<Result<Bytes>(const std::string& path)> read;  // DER
};

struct CrlPlace {
  std::string address;  // an http URL, or the path of a file
  bool is_file = false;
  crypto::CrlKind kind = crypto::CrlKind::full;

  friend bool operator<(const CrlPlace& a, const CrlPlace& b) {
    return std::tie(a.address, a.is_file, a.kind) < std::tie(b.address, b.is_file, b.kind);
  }
};

struct ShelfLimits {
  std::size_t lists = 64;
  std::size_t octets = std::size_t{96} * 1024 * 1024;
  // A list is asked for again after this time, long before its end: a CA may publish one early. It
  // stays while the server does not answer.
  Duration fresh{std::chrono::hours(1)};
  Duration file_fresh{std::chrono::minutes(1)};
  Duration retry{std::chrono::minutes(1)};  // after a failure
};

// `list` null: it was never had, and `failure` says why. Both: the last try failed, and the list is
// the one of an earlier try, which may have expired.
struct CrlAnswer {
  RevocationListRef list;
  std::optional<Error> failure;
};

enum class Freshness : std::uint8_t {
  usual,
  newest  // fetched anew, unless that was tried a moment ago
};

// Thread-safe.
class CrlShelf {
 public:
  // `clock` and `logger` outlive it.
  CrlShelf(CrlAccess access, crypto::Certificate ca, const Clock& clock, log::Logger& logger,
           ShelfLimits limits = {});

  // The list of this place, verified; its end is for the caller to judge. Blocks with `may_wait`.
  // Nothing: it has to be fetched, and the caller may not wait. Failures: it cannot be had, is no
  // CRL of the CA, is older than the one before, or of the future.
  [[nodiscard]] std::optional<CrlAnswer> get(const CrlPlace& place, bool may_wait,
                                             Freshness freshness = Freshness::usual);

  [[nodiscard]] std::size_t octets() const;
  [[nodiscard]] std::size_t lists() const;

 private:
  struct Kept {
    RevocationListRef list;        // null: it was never had
    std::optional<Error> failure;  // of the last try
    Timestamp tried;               // Clock::now()
    Timestamp used;
  };

  [[nodiscard]] bool has_ended(const Kept& kept) const;
  [[nodiscard]] bool is_fresh(const CrlPlace& place, const Kept& kept, Freshness freshness) const;
  [[nodiscard]] Result<RevocationListRef> load(const CrlPlace& place) const;
  CrlAnswer keep(const CrlPlace& place, Result<RevocationListRef> loaded);
  [[nodiscard]] std::optional<Error> why_not(const Kept& kept, const RevocationList& list) const;
  void take(const CrlPlace& place, Kept& kept, RevocationListRef list);
  void note_failure(const CrlPlace& place, Kept& kept, Error failure);
  void make_room(const CrlPlace& newest);
  [[nodiscard]] std::size_t octets_kept() const;

  const CrlAccess access_;
  const crypto::Certificate ca_;
  const Clock& clock_;
  log::Logger& logger_;
  const ShelfLimits limits_;
  mutable std::mutex mutex_;
  std::map<CrlPlace, Kept> kept_;
};

}  // namespace certconnector::ndes
