#include "agent/control/connection_threads.h"

#include <exception>
#include <system_error>
#include <utility>

namespace certconnector::control {

ConnectionThreads::~ConnectionThreads() {
  for (auto& connection : connections_) connection.thread.join();
}

void ConnectionThreads::take(std::unique_ptr<OctetStream> octets) {
  reap();
  FramedStream stream(std::move(octets));
  if (connections_.size() >= parts_.options.max_connections) {
    turn_away(stream, connections_.size());
    return;
  }
  Connection& connection = connections_.emplace_back(std::move(stream));
  try {
    connection.thread = std::thread([this, &connection] { serve(connection); });
  } catch (const std::system_error&) {  // no more threads
    turn_away(connection.stream, connections_.size());
    connections_.pop_back();
  }
}

void ConnectionThreads::serve(Connection& connection) {
  try {
    serve_connection(connection.stream, parts_);
  } catch (const std::exception& e) {
    parts_.logger.error("control.failed", "the agent gave up a connection to the control socket",
                        {{"reason", e.what()}});
  }
  connection.stream.hang_up();
  connection.done = true;
}

void ConnectionThreads::reap() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (it->done) {
      it->thread.join();
      it = connections_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace certconnector::control
