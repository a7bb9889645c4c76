#include "agent/store/sqlite/library_version.h"

#include <sqlite3.h>

namespace certconnector::store {

std::string sqlite_version() { return std::string("SQLite ") + sqlite3_libversion(); }

}  // namespace certconnector::store
