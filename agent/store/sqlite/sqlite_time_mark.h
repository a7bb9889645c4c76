// The newest time in agent.db. Thread-safe.
#pragma once

#include "agent/core/ports/time_mark.h"
#include "agent/store/sqlite/agent_database.h"

namespace certconnector::store {

class SqliteTimeMark final : public core::TimeMark {
 public:
  // `file` outlives it.
  explicit SqliteTimeMark(AgentDatabase& file) : file_(file) {}

  Result<std::optional<Timestamp>> newest() override;
  Status note(Timestamp wall) override;

 private:
  AgentDatabase& file_;
};

}  // namespace certconnector::store
