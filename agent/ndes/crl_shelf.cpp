#include "agent/ndes/crl_shelf.h"

#include <algorithm>
#include <utility>

#include "common/crypto/errors.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ndes {

CrlShelf::CrlShelf(CrlAccess access, crypto::Certificate ca, const Clock& clock,
                   log::Logger& logger, ShelfLimits limits)
    : access_(std::move(access)),
      ca_(std::move(ca)),
      clock_(clock),
      logger_(logger),
      limits_(limits) {}

std::optional<CrlAnswer> CrlShelf::get(const CrlPlace& place, bool may_wait, Freshness freshness) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(place);
    if (found != kept_.end() && is_fresh(place, found->second, freshness)) {
      found->second.used = clock_.now();
      return CrlAnswer{found->second.list, found->second.failure};
    }
  }
  if (!may_wait) return std::nullopt;
  return keep(place, load(place));
}

bool CrlShelf::has_ended(const Kept& kept) const {
  return kept.list && kept.list->crl().next_update &&
         *kept.list->crl().next_update <= clock_.wall();
}

bool CrlShelf::is_fresh(const CrlPlace& place, const Kept& kept, Freshness freshness) const {
  Duration good_for = place.is_file ? limits_.file_fresh : limits_.fresh;
  if (kept.failure || has_ended(kept) || freshness == Freshness::newest)
    good_for = std::min(good_for, limits_.retry);
  return clock_.now() - kept.tried < good_for;
}

Result<RevocationListRef> CrlShelf::load(const CrlPlace& place) const {
  CC_TRY_ASSIGN(Bytes der,
                place.is_file ? access_.read(place.address) : access_.fetch(place.address));
  return RevocationList::make(std::move(der), place.kind, ca_);
}

CrlAnswer CrlShelf::keep(const CrlPlace& place, Result<RevocationListRef> loaded) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[place];
  kept.tried = clock_.now();
  kept.used = kept.tried;
  if (loaded.ok()) {
    take(place, kept, std::move(loaded).value());
  } else {
    note_failure(place, kept, std::move(loaded).error());
  }
  CrlAnswer answer{kept.list, kept.failure};
  make_room(place);
  return answer;
}

// Nobody between the agent and the server brings back an older list, before a revocation. A list of
// the future is not kept: it would keep out all that come before its time.
std::optional<Error> CrlShelf::why_not(const Kept& kept, const RevocationList& list) const {
  const Timestamp wall = clock_.wall();
  if (is_to_come(list.crl(), wall)) {
    return Error(crypto::CryptoErrc::mismatch, ErrorKind::transient,
                 "the CRL is of " + to_rfc3339(list.crl().this_update) +
                     ", which is to come; compare the clocks of the agent and the CA");
  }
  const bool older = kept.list && !is_to_come(kept.list->crl(), wall) &&
                     list.crl().this_update < kept.list->crl().this_update;
  if (!older) return std::nullopt;
  return Error(crypto::CryptoErrc::mismatch, ErrorKind::transient,
               "the CRL is older than the one that was there before, of " +
                   to_rfc3339(kept.list->crl().this_update));
}

void CrlShelf::take(const CrlPlace& place, Kept& kept, RevocationListRef list) {
  if (auto refused = why_not(kept, *list)) {
    return note_failure(place, kept, std::move(*refused));
  }
  kept.failure.reset();
  kept.list = std::move(list);
  const crypto::Crl& crl = kept.list->crl();
  logger_.debug("registration.crl", "The agent has a CRL of the issuing CA.",
                {{"place", place.address},
                 {"number", crl.number ? text::to_hex(*crl.number) : ""},
                 {"entries", kept.list->entries()},
                 {"until", crl.next_update ? to_rfc3339(*crl.next_update) : ""}});
}

void CrlShelf::note_failure(const CrlPlace& place, Kept& kept, Error failure) {
  kept.failure = std::move(failure);
  logger_.warning("registration.crl_failed",
                  "The agent cannot get a CRL of the issuing CA: " + kept.failure->message(),
                  {{"place", place.address}, {"kept", kept.list ? "yes" : "no"}});
}

// The newest stays, whatever its size: the caller needs it now.
void CrlShelf::make_room(const CrlPlace& newest) {
  while (kept_.size() > 1 && (kept_.size() > limits_.lists || octets_kept() > limits_.octets)) {
    auto oldest = kept_.end();
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      const bool is_newest = !(it->first < newest) && !(newest < it->first);
      if (!is_newest && (oldest == kept_.end() || it->second.used < oldest->second.used)) {
        oldest = it;
      }
    }
    kept_.erase(oldest);
  }
}

std::size_t CrlShelf::octets_kept() const {
  std::size_t sum = 0;
  for (const auto& [place, kept] : kept_) sum += kept.list ? kept.list->octets() : 0;
  return sum;
}

std::size_t CrlShelf::octets() const {
  const std::lock_guard lock(mutex_);
  return octets_kept();
}

std::size_t CrlShelf::lists() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace certconnector::ndes
