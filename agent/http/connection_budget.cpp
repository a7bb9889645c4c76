#include "agent/http/connection_budget.h"

namespace certconnector::http {

void ConnectionBudget::open(Id id, const std::string& key) {
  const auto [at, is_new] = clients_.try_emplace(key);
  Client& client = at->second;
  if (is_new) {
    client.key = key;
    by_weight_.emplace(0, &client);
  }
  client.waiting.push_back(id);
  connections_[id] = {&client, 0, std::prev(client.waiting.end())};
  ++client.connections;
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

void ConnectionBudget::owe(Id id) noexcept {
  const auto found = connections_.find(id);
  if (found == connections_.end() || !found->second.waiting) return;
  Connection& connection = found->second;
  connection.client->waiting.erase(*connection.waiting);
  connection.waiting.reset();
}

void ConnectionBudget::wait(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  owe(id);
  Connection& connection = found->second;
  connection.client->waiting.push_back(id);
  connection.waiting = std::prev(connection.client->waiting.end());
}

void ConnectionBudget::close(Id id) noexcept {
  hold(id, 0);
  owe(id);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Client& client = *found->second.client;
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
    if (!heaviest->second->waiting.empty()) return heaviest->second->waiting.front();
  }
  return std::nullopt;
}

}  // namespace certconnector::http
