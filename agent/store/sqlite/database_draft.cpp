#include "agent/store/sqlite/database_draft.h"

#include <utility>

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/database_file.h"

namespace certconnector::store {
namespace {

void remove_logs(const std::string& path) {
  for (const char* suffix : {"-wal", "-shm"}) remove_file(path + suffix);
}

enum class Contents { none, whole };

Status fill_draft(const std::string& path, Contents contents, const FillDraft& fill) {
  DatabaseOptions options;
  options.path = path;
  options.role = agent_role();
  options.cache_kib = 64 * 1024;
  CC_TRY_ASSIGN(Database database, Database::open(options));
  CC_TRY(database.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"));
  CC_TRY(contents == Contents::none ? create_schema(database, agent_schema())
                                    : upgrade_schema(database, agent_schema()));
  StoreWriter writer(std::move(database));
  CC_TRY(fill(writer));
  return writer.database().execute("PRAGMA journal_mode = WAL");
}

Status one_file(const std::string& path, const Status& filled) {
  if (filled.ok()) {
    remove_logs(path);
  } else {
    remove_draft(path);
  }
  return filled;
}

}  // namespace

Status make_draft(const std::string& path, const FillDraft& fill) {
  remove_draft(path);
  CC_TRY(create_private_file(path));
  return one_file(path, fill_draft(path, Contents::none, fill));
}

Status edit_draft(const std::string& path, const FillDraft& fill) {
  return one_file(path, fill_draft(path, Contents::whole, fill));
}

void remove_draft(const std::string& path) {
  remove_file(path);
  remove_logs(path);
}

}  // namespace certconnector::store
