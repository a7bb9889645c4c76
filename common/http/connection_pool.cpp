#include "common/http/connection_pool.h"

#include <utility>

#include "common/http/client_tls.h"
#include "common/http/server.h"

namespace certconnector::http {
namespace {

// Servers and firewalls forget connections that nobody uses.
constexpr std::chrono::seconds kLongestIdle{30};

}  // namespace

// Holds one of the pool's places.
class ConnectionPool::Turn {
 public:
  explicit Turn(ConnectionPool& pool) : pool_(pool) {}
  ~Turn() { pool_.give_back(std::move(connection)); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Connection connection;

 private:
  ConnectionPool& pool_;
};

Result<std::unique_ptr<ConnectionPool>> ConnectionPool::open(const Peer& peer, std::size_t most,
                                                             NameLookup::Resolve resolve) {
  TlsContext context;
  if (peer.tls) {
    CC_TRY_ASSIGN(context, make_client_context(*peer.tls, peer.certificate));
  }
  return std::unique_ptr<ConnectionPool>(
      new ConnectionPool(peer, std::move(context), most, std::move(resolve)));
}

ConnectionPool::ConnectionPool(const Peer& peer, TlsContext context, std::size_t most,
                               NameLookup::Resolve resolve)
    : peer_(peer),
      context_(std::move(context)),
      most_(most),
      lookup_(peer.address, peer.port, std::move(resolve)) {}

Result<Response> ConnectionPool::exchange(const Request& request, const FetchLimits& limits) {
  const ExchangeLimits until = limits_from_now(limits);
  CC_TRY_ASSIGN(Connection kept, take(until));
  Turn turn(*this);
  turn.connection = std::move(kept);
  if (turn.connection) {
    auto answer = turn.connection->exchange(request, until, AfterAnswer::keep);
    const bool in_time =
        std::chrono::steady_clock::now() < until.deadline && !until.stop.stop_requested();
    if (answer.ok() || !in_time) return answer;
  }
  CC_TRY_ASSIGN(turn.connection, connect(until));
  return turn.connection->exchange(request, until, AfterAnswer::keep);
}

Result<ConnectionPool::Connection> ConnectionPool::connect(const ExchangeLimits& limits) {
  CC_TRY_ASSIGN(const Endpoints endpoints, lookup_.endpoints(limits));
  Connection made = make_client_connection(peer_, context_);
  CC_TRY(made->open(endpoints, limits));
  return made;
}

Result<ConnectionPool::Connection> ConnectionPool::take(const ExchangeLimits& limits) {
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

void ConnectionPool::give_back(Connection connection) {
  {
    const std::lock_guard lock(mutex_);
    --busy_;
    if (connection && connection->is_kept()) {
      idle_.push_back({std::move(connection), std::chrono::steady_clock::now()});
    }
  }
  changed_.notify_one();
}

}  // namespace certconnector::http
