#include "agent/store/sqlite/agent_database.h"

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/migrations.h"

namespace certconnector::store {
namespace {

DatabaseOptions database_options(const AgentDatabaseOptions& options) {
  DatabaseOptions database;
  database.path = options.path;
  database.role = agent_role();
  database.cache_kib = options.cache_kib;
  database.vfs = options.vfs;
  database.max_pages = options.max_pages;
  return database;
}

// A reading connection to a file that has its writer.
Result<Database> open_reader(const DatabaseOptions& options) {
  constexpr int kReaderCacheKib = 512;
  DatabaseOptions reading = options;
  reading.access = DatabaseAccess::read_only;
  reading.cache_kib = kReaderCacheKib;
  return Database::open(reading);
}

}  // namespace

AgentDatabase::AgentDatabase(Database writing, Database reading, Database browsing,
                             DatabaseOptions options)
    : writer_(std::move(writing)),
      reader_(std::move(reading)),
      browser_(std::move(browsing)),
      options_(std::move(options)) {}

Result<std::unique_ptr<AgentDatabase>> AgentDatabase::open(const AgentDatabaseOptions& options) {
  const DatabaseOptions database = database_options(options);
  CC_TRY_ASSIGN(Database writer, open_writer(database, agent_schema()));
  CC_TRY_ASSIGN(Database reader, open_reader(database));
  CC_TRY_ASSIGN(Database browser, open_reader(database));
  return std::unique_ptr<AgentDatabase>(
      new AgentDatabase(std::move(writer), std::move(reader), std::move(browser), database));
}

Status AgentDatabase::check_file(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.role = agent_role();
  return check_database(options, agent_schema());
}

Status AgentDatabase::backup_to(const std::string& path) const {
  return copy_database(options_, path);
}

}  // namespace certconnector::store
