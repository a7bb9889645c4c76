// Lineages of certificates of release 0.1.0, which had none. What a renewal rests on stands in the
// hash of its enrollment (`claim`): the certificate that it renews, the new key and the request. So
// each is proved, or not.
//
//   no lineage but its own                      why
//   -----------------------------------------   ------------------------------------------------
//   a certificate of a job that is purged       0.1.0 purges the enrollment with the job
//   a renewal whose old certificate is purged   its hash fits no certificate that is there
//   a renewal by NDES                           NDES passes on the new key, not the one that signs
//   a renewal that is under way                 it has no certificate yet
//
// No certificate from before counts as superseded: 0.1.0 did not note what devices got.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "agent/store/sqlite/store_writer.h"
#include "common/text/bytes.h"

namespace certconnector::store {

class FirstReleaseLineages {
 public:
  // `to` outlives it, and has the rows of enrollments, requests and certificates by write().
  explicit FirstReleaseLineages(Database& to) : to_(to) {}

  // An enrollment without a challenge, whose message this key (its hash) signed, brought a
  // certificate.
  void add(ByteView public_key, std::int64_t ticket, std::int64_t entry);
  // Writes lineages, and the devices that they tell. Looks at every certificate, if there is one to
  // prove: `row_done` for each, whose error ends it.
  [[nodiscard]] Status write(const std::function<Status()>& row_done);

 private:
  struct Unproved {
    std::int64_t key = 0;  // the head of the hash of what signed
    std::int64_t ticket = 0;
    std::int64_t entry = 0;
    friend bool operator<(const Unproved& a, const Unproved& b) { return a.key < b.key; }
  };
  [[nodiscard]] Status look_at(std::int64_t entry, ByteView record);
  [[nodiscard]] Result<bool> is_renewal_of(const Unproved& renewal, ByteView certificate);
  [[nodiscard]] std::int64_t first_of(std::int64_t entry) const;

  Database& to_;
  std::vector<Unproved> unproved_;
  std::unordered_map<std::int64_t, std::int64_t> renewed_;  // entries: the old one, by the new one
};

}  // namespace certconnector::store
