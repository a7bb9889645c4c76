// agent.db while it is made from other files. Nobody reads it before it is whole and durable: it is
// written without a journal, and a kill leaves a file that the next call removes.
#pragma once

#include <functional>
#include <string>

#include "agent/store/sqlite/store_writer.h"
#include "common/result/result.h"

namespace certconnector::store {

// Fills an empty agent.db, in separate transactions.
using FillDraft = std::function<Status(StoreWriter&)>;

// Makes the file `path` (0600) in the place of an older draft, with the schema and what `fill`
// writes. It is one file then: no log beside it. publish_file() makes it durable. When `fill`
// fails, so does this, and nothing is left.
[[nodiscard]] Status make_draft(const std::string& path, const FillDraft& fill);

// The same with a whole agent.db in the place of an empty one.
[[nodiscard]] Status edit_draft(const std::string& path, const FillDraft& fill);

// Takes away a draft and what SQLite keeps beside it; that there is none is no error.
void remove_draft(const std::string& path);

}  // namespace certconnector::store
