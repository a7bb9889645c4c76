// The newest wall-clock time that is stored: what shows after a restart that the machine's clock
// went back.
#pragma once

#include <optional>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::core {

// Thread-safe. Errors: as the store's.
class TimeMark {
 public:
  virtual ~TimeMark() = default;

  // What note() stored last; without it the newest arrival of a job or of a certificate. Nothing:
  // nothing is stored yet.
  virtual Result<std::optional<Timestamp>> newest() = 0;
  // Durable. `wall` may be earlier than what is stored: then that was the time of a wrong clock.
  virtual Status note(Timestamp wall) = 0;
};

}  // namespace certconnector::core
