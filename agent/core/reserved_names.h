// Names that only the agent's CAs and RAs have. A device with a certificate in such a name passes
// for them where a reader looks at the name alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/crypto/name.h"

namespace certconnector::core {

class ReservedNames {
 public:
  // Names that cannot be read, and the empty one, reserve nothing.
  void add(const std::string& rfc4514);
  void add_subject_of(ByteView certificate);  // DER
  void add(const ReservedNames& more);

  // Why nobody gets a certificate with this subject (DER); nothing: it is no reserved name. Names
  // compare by their widest form (common/crypto/name_matching.h), so that no program takes the
  // subject for one of them. A subject that cannot be compared is refused.
  [[nodiscard]] std::optional<Failed> why_not(ByteView subject) const;

 private:
  void add(const crypto::DistinguishedName& name);

  std::vector<crypto::DistinguishedName> names_;  // in their widest form
};

}  // namespace certconnector::core
