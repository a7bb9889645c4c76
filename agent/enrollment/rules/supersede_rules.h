// When the agent revokes a certificate that a renewal replaced. The device must have the new
// certificate: until then it goes on with the old one. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/core/ports/lineage_ledger.h"

namespace certconnector::enrollment {

enum class Standing { in_force, on_hold, over };
// `revoked`: its revocation, if one stands.
[[nodiscard]] Standing standing_of(Timestamp not_after,
                                   const std::optional<core::RevocationRecord>& revoked,
                                   Timestamp now);

// A certificate that renewed the one in question.
struct Successor {
  Bytes serial;
  Standing standing = Standing::in_force;
  bool used = false;                            // its key signed a message to the agent
  std::optional<Timestamp> given;               // the agent last gave it to the device
  const core::SupersedeTerms* terms = nullptr;  // of its service; null: its service keeps the old
};

struct SupersededFacts {
  Standing standing = Standing::in_force;
  bool under_way = false;  // a renewal of it, whose job is not over
  std::vector<Successor> successors;
};

struct SupersedeStep {
  enum class Choice { revoke, look_again, leave };
  Choice choice = Choice::leave;
  Timestamp again;  // look_again
  std::string why;  // revoke: a sentence for the job's history
};

// The first row that fits:
//
//   the old certificate, and its successors                    step
//   --------------------------------------------------------   ----------
//   it is over                                                 leave
//   it is on hold, or a successor is                           look_again
//   a renewal of it is under way                               look_again
//   no successor is in force                                   leave
//   the service of one that is in force keeps the old          look_again
//   one that is in force was neither used nor given            look_again
//   one was given, less than `after` ago, and not used         look_again
//   else: the device has each that is in force                 revoke
//
// With several successors, each must have arrived: a stranger with a copy of the old key can get
// one, but cannot have the old one revoked before the device has its own.
[[nodiscard]] SupersedeStep supersede_step(const SupersededFacts& facts, Timestamp now);

// The terms for successors of this service and CA; null: there are none.
[[nodiscard]] const core::SupersedeTerms* terms_of(const std::vector<core::SupersedeTerms>& terms,
                                                   std::string_view service, std::string_view ca);

// The job that revokes it. The same one for every call.
[[nodiscard]] core::NewJob superseding_job(const core::CaFingerprint& ca, const Bytes& serial);

}  // namespace certconnector::enrollment
