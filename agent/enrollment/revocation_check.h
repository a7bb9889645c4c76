// The revocation port: whether a certificate of a CA that this agent cannot ask is revoked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "common/crypto/certificate.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

struct NotRevoked {};
struct RevokedOn {
  Timestamp at;
};
// Nothing says so now; `why` is for a person, with the next step.
struct UnknownRevocation {
  std::string why;
};
using RevocationAnswer = std::variant<NotRevoked, RevokedOn, UnknownRevocation>;

// Thread-safe.
class RevocationCheck {
 public:
  // On a thread that may wait. `in_time` false: it waited too long for its turn, so do not ask.
  using Task = std::function<void(bool in_time)>;

  virtual ~RevocationCheck() = default;

  // The CA issued `certificate`: its signature is verified. `now` is the wall clock's. Nothing:
  // only a server can tell, and the caller may not wait. Then call from a task of post().
  [[nodiscard]] virtual std::optional<RevocationAnswer> check(
      const crypto::Certificate& certificate, Timestamp now, bool may_wait) = 0;
  // False: too many wait, or the agent stops. The task does not run.
  [[nodiscard]] virtual bool post(Task task) = 0;
};

}  // namespace certconnector::enrollment
