// Onboarding tokens, agents and the client certificates that were issued to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

struct TokenRow {
  std::string agent_name;
  Timestamp expires_at;
  std::string agent_id;       // empty: not used yet
  std::string pkcs10_sha256;  // of the request that used it
};

struct AgentRow {
  std::string id, name, heartbeat;
  Timestamp created_at;
  std::optional<Timestamp> revoked_at, last_seen;
};

struct ClientCertificate {
  std::string sha256, agent_id, key_sha256, der_base64;
  Timestamp not_before, not_after;
  bool agent_revoked = false;
};

class AgentStore {
 public:
  explicit AgentStore(Database& db) : db_(db) {}

  // Only the secret's digest is kept.
  [[nodiscard]] Status add_token(const std::string& secret_sha256, const std::string& agent_name,
                                 Timestamp expires_at);
  [[nodiscard]] Result<std::optional<TokenRow>> find_token(const std::string& secret_sha256);
  // Stores the agent, its first certificate and the use of the token, in one transaction.
  // `secret_sha256` is empty for an agent that has a certificate of another CA.
  [[nodiscard]] Status enroll(const AgentRow& agent, const ClientCertificate& certificate,
                              const std::string& secret_sha256, const std::string& pkcs10_sha256);
  [[nodiscard]] Status add_certificate(const ClientCertificate& certificate);

  [[nodiscard]] Result<std::optional<ClientCertificate>> find_certificate(
      const std::string& sha256);
  // The agent's latest certificate with this public key.
  [[nodiscard]] Result<std::optional<ClientCertificate>> find_by_key(const std::string& agent_id,
                                                                     const std::string& key_sha256);
  [[nodiscard]] Result<std::vector<AgentRow>> list();
  [[nodiscard]] Result<bool> revoke(const std::string& agent_id, Timestamp now);  // false: unknown
  [[nodiscard]] Status heartbeat(const std::string& agent_id, const std::string& body,
                                 Timestamp now);

 private:
  Database& db_;
};

}  // namespace certconnector::endpoint
