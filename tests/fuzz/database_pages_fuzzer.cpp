// The pages of a damaged database, as a salvage reads them: any octets lead to rows that fit or to
// none.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/stored_tables.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certconnector;
  static const std::string path = (std::filesystem::temp_directory_path() /
                                   ("database_pages_fuzzer-" + std::to_string(::getpid())))
                                      .string();
  {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  }
  auto tables =
      store::StoredTables::open(path, store::agent_schema(), [](auto, auto) { return Status(); });
  if (!tables.ok()) std::abort();
  for (const char* name : {"certificate", "revocation", "job", "event", "revocation_entry"}) {
    const Status read = tables->for_each(name, [](const store::NamedRow& row) {
      static_cast<void>(row.integer("authority") +
                        static_cast<std::int64_t>(row.text("id").size()));
      return Status();
    });
    if (!read.ok()) std::abort();
  }
  return 0;
}
