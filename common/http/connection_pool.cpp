#include "common/http/connection_pool.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "common/http/client_connection.h"
#include "common/http/client_tls.h"
#include "common/http/name_lookup.h"
#include "common/http/server.h"

namespace certconnector::http {
namespace {

// Servers and firewalls forget connections that nobody uses.
constexpr std::chrono::seconds kLongestIdle{30};

using Connection = std::unique_ptr<ClientConnection>;

}  // namespace

class ConnectionPool::Connections {
 public:
  Connections(const Peer& peer, TlsContext context, std::size_t most)
      : peer_(peer), context_(std::move(context)), most_(most), lookup_(peer.address, peer.port) {}

  // One that was kept; null: make one. It is given back in either case. Errors: no_answer.
  [[nodiscard]] Result<Connection> take(const ExchangeLimits& limits);
  void give_back(Connection connection);
  [[nodiscard]] Result<Connection> connect(const ExchangeLimits& limits);

 private:
  struct Idle {
    Connection connection;
    std::chrono::steady_clock::time_point since;
  };

  const Peer peer_;
  const TlsContext context_;
  const std::size_t most_;
  NameLookup lookup_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t busy_ = 0;
  std::vector<Idle> idle_;  // the one that was used last is the last
};

Result<Connection> ConnectionPool::Connections::take(const ExchangeLimits& limits) {
  const auto stopped = limits.stop.on_stop([this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const bool free = changed_.wait_until(
      lock, limits.deadline, [&] { return busy_ < most_ || limits.stop.stop_requested(); });
  if (!free || limits.stop.stop_requested()) {
    return Error(HttpErrc::no_answer, ErrorKind::transient,
                 free ? "the agent stops" : "all connections are in use");
  }
  ++busy_;
  const auto now = std::chrono::steady_clock::now();
  while (!idle_.empty()) {
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    if (now - last.since < kLongestIdle) return std::move(last.connection);
    idle_.clear();  // the others wait longer
  }
  return Connection();
}

void ConnectionPool::Connections::give_back(Connection connection) {
  {
    const std::lock_guard lock(mutex_);
    --busy_;
    if (connection && connection->is_kept()) {
      idle_.push_back({std::move(connection), std::chrono::steady_clock::now()});
    }
  }
  changed_.notify_one();
}

Result<Connection> ConnectionPool::Connections::connect(const ExchangeLimits& limits) {
  CC_TRY_ASSIGN(const Endpoints endpoints, lookup_.endpoints(limits));
  Connection made = make_client_connection(peer_, context_);
  CC_TRY(made->open(endpoints, limits));
  return made;
}

Result<std::unique_ptr<ConnectionPool>> ConnectionPool::open(const Peer& peer, std::size_t most) {
  TlsContext context;
  if (peer.tls) {
    CC_TRY_ASSIGN(context, make_client_context(*peer.tls, peer.certificate));
  }
  return std::unique_ptr<ConnectionPool>(
      new ConnectionPool(std::make_unique<Connections>(peer, std::move(context), most)));
}

ConnectionPool::ConnectionPool(std::unique_ptr<Connections> connections)
    : connections_(std::move(connections)) {}

ConnectionPool::~ConnectionPool() = default;

Result<Response> ConnectionPool::exchange(const Request& request, const FetchLimits& limits) {
  // Holds one of the pool's places.
  struct Turn {
    ~Turn() { pool.give_back(std::move(connection)); }
    Connections& pool;
    Connection connection;
  };
  const ExchangeLimits until = limits_from_now(limits);
  CC_TRY_ASSIGN(Connection kept, connections_->take(until));
  Turn turn{*connections_, std::move(kept)};
  if (turn.connection) {
    auto answer = turn.connection->exchange(request, until, AfterAnswer::keep);
    const bool in_time =
        std::chrono::steady_clock::now() < until.deadline && !until.stop.stop_requested();
    if (answer.ok() || !in_time) return answer;
  }
  CC_TRY_ASSIGN(turn.connection, connections_->connect(until));
  return turn.connection->exchange(request, until, AfterAnswer::keep);
}

}  // namespace certconnector::http
