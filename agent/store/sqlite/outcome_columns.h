// How a SELECT over `job` reads outcomes: CC_JOIN_OUTCOME after its FROM, the two columns, and
// read_outcome(). The certificate of an issued outcome stands in the table of certificates.
#pragma once

#include <optional>

#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

#define CC_JOIN_OUTCOME                                \
  " LEFT JOIN outcome ON outcome.ticket = job.ticket " \
  "LEFT JOIN certificate ON certificate.entry = outcome.certificate "
#define CC_OUTCOME_COLUMN "outcome.record"
#define CC_CERTIFICATE_COLUMN "certificate.record"

namespace certconnector::store {

// Nothing: it is damaged.
[[nodiscard]] inline std::optional<core::Outcome> read_outcome(const Query& query, int outcome,
                                                               int certificate) {
  return decode_outcome(query.blob(outcome), query.blob(certificate));
}

}  // namespace certconnector::store
