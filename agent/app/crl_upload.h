// A CRL that comes to the agent in parts, since a message has less room.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "agent/control/ca_operations.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::app {

// Thread-safe. Keeps one CRL, of at most ca::kMaxCrlSize octets, until its last part.
class CrlUpload {
 public:
  // The whole CRL after its last part; nothing before it. A first part begins anew. Error
  // bad_upload, permanent: not the next part, or too large.
  [[nodiscard]] Result<std::optional<Bytes>> add(const control::CrlPart& part);

 private:
  std::mutex mutex_;
  std::string id_;
  Bytes octets_;
};

}  // namespace certconnector::app
