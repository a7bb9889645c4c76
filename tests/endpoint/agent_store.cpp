#include "tests/endpoint/agent_store.h"

namespace certconnector::endpoint {
namespace {

std::optional<Timestamp> time_or_nothing(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return from_millis(query.integer(column));
}

ClientCertificate certificate_of(const Query& query) {
  ClientCertificate certificate;
  certificate.sha256 = query.text(0);
  certificate.agent_id = query.text(1);
  certificate.key_sha256 = query.text(2);
  certificate.not_before = from_millis(query.integer(3));
  certificate.not_after = from_millis(query.integer(4));
  certificate.der_base64 = query.text(5);
  certificate.agent_revoked = !query.is_null(6);
  return certificate;
}

}  // namespace

Status AgentStore::add_token(const std::string& secret_sha256, const std::string& agent_name,
                             Timestamp expires_at) {
  return db_.query("INSERT INTO tokens(secret_sha256, agent_name, expires_at) VALUES(?, ?, ?)")
      .bind(secret_sha256)
      .bind(agent_name)
      .bind(to_millis(expires_at))
      .run();
}

Result<std::optional<TokenRow>> AgentStore::find_token(const std::string& secret_sha256) {
  auto query = db_.query(
      "SELECT agent_name, expires_at, agent_id, pkcs10_sha256 FROM tokens WHERE secret_sha256 = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(secret_sha256).next());
  if (!found) return std::optional<TokenRow>();
  return std::optional<TokenRow>(
      TokenRow{query.text(0), from_millis(query.integer(1)), query.text(2), query.text(3)});
}

Status AgentStore::enroll(const AgentRow& agent, const ClientCertificate& certificate,
                          const std::string& secret_sha256, const std::string& pkcs10_sha256) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  CC_TRY(db_.query("INSERT INTO agents(id, name, created_at) VALUES(?, ?, ?)")
             .bind(agent.id)
             .bind(agent.name)
             .bind(to_millis(agent.created_at))
             .run());
  CC_TRY(add_certificate(certificate));
  CC_TRY(db_.query("UPDATE tokens SET agent_id = ?, pkcs10_sha256 = ? WHERE secret_sha256 = ?")
             .bind(agent.id)
             .bind(pkcs10_sha256)
             .bind(secret_sha256)
             .run());
  return transaction.commit();
}

Status AgentStore::add_certificate(const ClientCertificate& certificate) {
  return db_
      .query(
          "INSERT INTO certificates(sha256, agent_id, key_sha256, not_before, not_after, "
          "der_base64) VALUES(?, ?, ?, ?, ?, ?)")
      .bind(certificate.sha256)
      .bind(certificate.agent_id)
      .bind(certificate.key_sha256)
      .bind(to_millis(certificate.not_before))
      .bind(to_millis(certificate.not_after))
      .bind(certificate.der_base64)
      .run();
}

Result<std::optional<ClientCertificate>> AgentStore::find_certificate(const std::string& sha256) {
  auto query = db_.query(
      "SELECT sha256, agent_id, key_sha256, not_before, not_after, der_base64, revoked_at "
      "FROM certificates JOIN agents ON agents.id = agent_id WHERE sha256 = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(sha256).next());
  if (!found) return std::optional<ClientCertificate>();
  return std::optional<ClientCertificate>(certificate_of(query));
}

Result<std::optional<ClientCertificate>> AgentStore::find_by_key(const std::string& agent_id,
                                                                 const std::string& key_sha256) {
  auto query = db_.query(
      "SELECT sha256, agent_id, key_sha256, not_before, not_after, der_base64, revoked_at "
      "FROM certificates JOIN agents ON agents.id = agent_id "
      "WHERE agent_id = ? AND key_sha256 = ? ORDER BY not_after DESC LIMIT 1");
  CC_TRY_ASSIGN(const bool found, query.bind(agent_id).bind(key_sha256).next());
  if (!found) return std::optional<ClientCertificate>();
  return std::optional<ClientCertificate>(certificate_of(query));
}

Result<std::vector<AgentRow>> AgentStore::list() {
  std::vector<AgentRow> rows;
  auto query = db_.query(
      "SELECT id, name, heartbeat, created_at, revoked_at, last_seen FROM agents "
      "ORDER BY created_at, id");
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return rows;
    rows.push_back({query.text(0), query.text(1), query.text(2), from_millis(query.integer(3)),
                    time_or_nothing(query, 4), time_or_nothing(query, 5)});
  }
}

Result<bool> AgentStore::revoke(const std::string& agent_id, Timestamp now) {
  CC_TRY(db_.query("UPDATE agents SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?")
             .bind(to_millis(now))
             .bind(agent_id)
             .run());
  return db_.changes() > 0;
}

Status AgentStore::heartbeat(const std::string& agent_id, const std::string& body, Timestamp now) {
  return db_.query("UPDATE agents SET last_seen = ?, heartbeat = ? WHERE id = ?")
      .bind(to_millis(now))
      .bind(body)
      .bind(agent_id)
      .run();
}

}  // namespace certconnector::endpoint
