// Consistent copies of a database, and the check of such a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/writer_mutex.h"
#include "common/result/result.h"

namespace certconnector::store {

// Pages done of pages to do. Ends the copy by an error.
using ReportCopy = std::function<Status(std::uint64_t done, std::uint64_t of)>;

// Copies a database in use to a new file `target` (0600, durable when it returns), which shows the
// moment of the copy's end. It goes in steps of a millisecond under the mutex of `writer`, the only
// connection that writes: what that writes meanwhile goes into the copy as well. So no read
// transaction keeps the write-ahead log from being emptied. Errors: `exists` when the target is
// there; disk_full before anything was written; a copy that fails leaves no target.
[[nodiscard]] Status copy_beside_writer(Database& writer, WriterMutex& mutex,
                                        const std::string& target, const ReportCopy& report);

// The same of a file that nobody writes, with what its log holds.
[[nodiscard]] Status copy_database(const DatabaseOptions& source, const std::string& target,
                                   const ReportCopy& report);

// Reads the whole file: pages, rows and indexes, application and schema. The file must not be in
// use. `report` hears of it now and then.
[[nodiscard]] Status check_database(const DatabaseOptions& options, const Schema& schema,
                                    const std::function<Status()>& report);

}  // namespace certconnector::store
