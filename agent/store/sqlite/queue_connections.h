// The connections to the queue's file, which the job store and the ledgers share.
#pragma once

#include <mutex>
#include <type_traits>
#include <utility>

#include "agent/store/sqlite/connection_pair.h"
#include "agent/store/sqlite/queue_writer.h"

namespace certconnector::store {

class QueueConnections final : public ConnectionPair<QueueWriter> {
 public:
  QueueConnections(OpenedPair pair, Database browsing, DatabaseOptions options)
      : ConnectionPair(std::move(pair.writer), std::move(pair.reader), std::move(options)),
        browser_(std::move(browsing)) {}

  // Reads whose cost grows with the queue, for people: what devices wait for is read beside them.
  template <typename Work>
  auto browse(const Work& work) -> std::invoke_result_t<Work, Database&> {
    const std::lock_guard lock(browse_mutex_);
    return work(browser_);
  }

 private:
  std::mutex browse_mutex_;
  Database browser_;
};

}  // namespace certconnector::store
