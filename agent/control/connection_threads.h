// The connections that the agent serves at one time, each on a separate thread.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <thread>

#include "agent/control/connection.h"
#include "agent/control/framed_stream.h"

namespace certconnector::control {

// Only the thread that accepts calls it. The end waits for the connections, which the caller tells
// to stop.
class ConnectionThreads {
 public:
  // `parts` outlives it.
  explicit ConnectionThreads(const ServerParts& parts) : parts_(parts) {}
  ~ConnectionThreads();
  ConnectionThreads(const ConnectionThreads&) = delete;
  ConnectionThreads& operator=(const ConnectionThreads&) = delete;

  // Serves the connection, or turns it away where there are as many as there may be.
  void take(std::unique_ptr<OctetStream> stream);

 private:
  struct Connection {
    explicit Connection(FramedStream s) : stream(std::move(s)) {}
    FramedStream stream;
    std::atomic<bool> done{false};
    std::thread thread;
  };

  void serve(Connection& connection);
  void reap();

  const ServerParts& parts_;
  std::list<Connection> connections_;
};

}  // namespace certconnector::control
