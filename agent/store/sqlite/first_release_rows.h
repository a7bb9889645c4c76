// The rows of the two files of release 0.1.0, into a new agent.db.
#pragma once

#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/store_writer.h"

namespace certconnector::store {

// `to` has the schema and nothing else; inside one transaction of the caller. A certificate of a
// job gets its job's ticket, and a certificate that only a job's outcome has (of a CA that is not
// the agent's) becomes a certificate too.
[[nodiscard]] Status copy_first_release(Database& queue, Database& certificates, StoreWriter& to,
                                        const ReportTakeOver& report);

}  // namespace certconnector::store
