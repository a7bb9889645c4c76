#include "common/http/connection_budget.h"

#include <iterator>

namespace certconnector::http {
namespace {

// A client that holds this part of all octets is heavy.
constexpr std::size_t kHeavy = 8;

}  // namespace

void ConnectionBudget::open(Id id, const std::string& key) {
  std::list<Id> of_client{id};
  std::list<Id> of_all{id};
  const auto connection = connections_.try_emplace(id).first;
  try {
    const auto [at, is_new] = clients_.try_emplace(key);
    connection->second.client = &at->second;
    if (is_new) {
      at->second.key = key;
      by_weight_.emplace(0, &at->second);
    }
  } catch (...) {
    connections_.erase(connection);
    const auto client = clients_.find(key);
    if (client != clients_.end() && client->second.connections == 0) clients_.erase(client);
    throw;
  }
  Client& client = *connection->second.client;
  ++client.connections;
  client.waiting.splice(client.waiting.end(), of_client);
  waiting_.splice(waiting_.end(), of_all);
  connection->second.of_client = std::prev(client.waiting.end());
  connection->second.of_all = std::prev(waiting_.end());
}

void ConnectionBudget::hold(Id id, std::size_t octets) noexcept {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.octets == octets) return;
  Connection& connection = found->second;
  octets_ += octets - connection.octets;  // unsigned: right also when it is less
  weigh(*connection.client, connection.client->octets + octets - connection.octets);
  connection.octets = octets;
}

// Keeps the place in memory that the client has in the set: runs while a connection ends.
void ConnectionBudget::weigh(Client& client, std::size_t octets) noexcept {
  auto place = by_weight_.extract({client.octets, &client});
  client.octets = octets;
  place.value() = {octets, &client};
  by_weight_.insert(std::move(place));
}

// Places in lists move and are never made anew: this too may run while a connection ends.
void ConnectionBudget::owe(Id id) noexcept {
  const auto found = connections_.find(id);
  if (found == connections_.end() || !found->second.waits) return;
  Connection& connection = found->second;
  owed_.splice(owed_.end(), connection.client->waiting, connection.of_client);
  owed_.splice(owed_.end(), waiting_, connection.of_all);
  connection.waits = false;
}

void ConnectionBudget::wait(Id id) noexcept {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  std::list<Id>& of_client = connection.client->waiting;
  of_client.splice(of_client.end(), connection.waits ? of_client : owed_, connection.of_client);
  waiting_.splice(waiting_.end(), connection.waits ? waiting_ : owed_, connection.of_all);
  connection.waits = true;
}

void ConnectionBudget::close(Id id) noexcept {
  hold(id, 0);
  owe(id);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Client& client = *found->second.client;
  owed_.erase(found->second.of_client);
  owed_.erase(found->second.of_all);
  connections_.erase(found);
  if (--client.connections > 0) return;
  by_weight_.erase({client.octets, &client});
  clients_.erase(clients_.find(client.key));
}

bool ConnectionBudget::over(const Client& client) const {
  return client.octets > limits_.octets_per_client ||
         client.connections > limits_.connections_per_client;
}

std::optional<ConnectionBudget::Id> ConnectionBudget::next_to_cut(Id changed) const {
  const auto found = connections_.find(changed);
  if (found != connections_.end()) {
    const Client& client = *found->second.client;
    if (over(client) && !client.waiting.empty()) return client.waiting.front();
  }
  if (octets_ <= limits_.octets && connections_.size() <= limits_.connections) return std::nullopt;
  for (auto heaviest = by_weight_.rbegin(); heaviest != by_weight_.rend(); ++heaviest) {
    if (heaviest->first < limits_.octets / kHeavy) break;
    if (!heaviest->second->waiting.empty()) return heaviest->second->waiting.front();
  }
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front();
}

}  // namespace certconnector::http
