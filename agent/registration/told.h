// Which enrolment an NDES means when it tells what came of a transaction: devices choose
// transaction ids, so several can have the same one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/outside_enrollments.h"
#include "common/crypto/certificate.h"

namespace certconnector::registration {

struct Meant {
  const core::OutsideEnrollment* enrollment = nullptr;  // in the list given; null: none
  bool several = false;                                 // nothing tells which one
};

// `known` is of one transaction, newest first. `challenge` is as the NDES told it; empty: it did
// not. What is under way goes before what is over.
[[nodiscard]] Meant find_meant(const std::vector<core::OutsideEnrollment>& known,
                               const std::string& challenge,
                               const std::optional<crypto::Certificate>& issued);

}  // namespace certconnector::registration
