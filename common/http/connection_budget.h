// Limits the memory that the connections of one listener hold, and chooses the connection to cut
// beyond it.
//
// Every connection belongs to a client: an IPv4 address or an IPv6 /64, see limit_key().
//
//   over                     the agent cuts the connection that waits longest
//   a client's own limits    of that client
//   the listener's limits    of the client that holds the most, if it holds an eighth of the octets
//   the listener's limits    of all, where no client holds that much
//
// So few clients cannot shut out one that holds less, nor many clients with one connection each one
// that gets on with its request. Only a connection that waits for its client can be cut. One that
// is owed an answer never is: a certificate may be on its way.
//
// Not thread-safe: each listener has its own, on its one thread. No limit but these numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace certconnector::http {

struct BudgetLimits {
  std::size_t octets = 0;
  std::size_t octets_per_client = 0;
  std::size_t connections = 0;
  std::size_t connections_per_client = 0;
};

class ConnectionBudget {
 public:
  using Id = std::uint64_t;

  explicit ConnectionBudget(const BudgetLimits& limits) : limits_(limits) {}

  // A new connection of `client`, which waits for its first request and holds nothing yet. Throws
  // for want of memory, and has changed nothing then.
  void open(Id id, const std::string& client);
  // Sets its memory use, in octets. These do nothing for a connection that is closed.
  void hold(Id id, std::size_t octets) noexcept;
  // The agent owes it an answer: it cannot be cut.
  void owe(Id id) noexcept;
  // It waits for its client, from now on: it was answered, or has got on with its request.
  void wait(Id id) noexcept;
  void close(Id id) noexcept;

  // The connection to cut after a change of `changed`; nothing: all is within the limits, or what
  // is over them is owed answers. Cut one, close() it, and ask again.
  [[nodiscard]] std::optional<Id> next_to_cut(Id changed) const;

  [[nodiscard]] std::size_t octets() const { return octets_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  struct Client {
    std::string key;
    std::size_t octets = 0;
    std::size_t connections = 0;
    std::list<Id> waiting;  // the one that has waited longest first
  };
  struct Connection {
    Client* client = nullptr;
    std::size_t octets = 0;
    bool waits = true;                    // else it is owed an answer
    std::list<Id>::iterator of_client{};  // its places, while it waits
    std::list<Id>::iterator of_all{};
  };
  using Weight = std::pair<std::size_t, Client*>;

  // Whether what it holds is over the client's own limits.
  [[nodiscard]] bool over(const Client& client) const;
  void weigh(Client& client, std::size_t octets) noexcept;

  const BudgetLimits limits_;
  std::size_t octets_ = 0;
  std::unordered_map<Id, Connection> connections_;
  std::unordered_map<std::string, Client> clients_;
  std::set<Weight> by_weight_;  // every client
  std::list<Id> waiting_;       // of all clients, the one that has waited longest first
  std::list<Id> owed_;          // keeps the places of those that are owed an answer
};

}  // namespace certconnector::http
