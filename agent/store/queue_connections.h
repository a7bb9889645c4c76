// The connections to the queue's file, which the job store and the enrolment ledger share.
#pragma once

#include "agent/store/connection_pair.h"
#include "agent/store/queue_writer.h"

namespace certconnector::store {

class QueueConnections final : public ConnectionPair<QueueWriter> {
 public:
  using ConnectionPair::ConnectionPair;
};

}  // namespace certconnector::store
