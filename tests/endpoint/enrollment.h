// Enrollment and renewal: a one-time token and a PKCS#10 request give an agent its client
// certificate.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/time/clock.h"
#include "tests/endpoint/agent_store.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/own_ca.h"

namespace certconnector::endpoint {

class Enrollment {
 public:
  Enrollment(const OwnCa& ca, AgentStore& agents, const Clock& clock, Duration client_lifetime)
      : ca_(ca), agents_(agents), clock_(clock), client_lifetime_(client_lifetime) {}

  [[nodiscard]] Response enroll(const nlohmann::json& body);
  [[nodiscard]] Response renew(const std::string& agent_id, const nlohmann::json& body);

  // The line that a person pastes into the agent. It holds a secret: never log it.
  [[nodiscard]] Result<std::string> make_token(const std::string& url,
                                               const std::string& agent_name, Duration lifetime);
  // Registers an agent that has a certificate of another CA. Returns its id.
  [[nodiscard]] Result<std::string> register_agent(const std::string& name, ByteView certificate);

 private:
  [[nodiscard]] Response first_use(const TokenRow& token, const std::string& secret_sha256,
                                   ByteView pkcs10, const std::string& agent_name);
  [[nodiscard]] Response repeat_answer(const TokenRow& token, ByteView pkcs10);
  [[nodiscard]] Result<ClientCertificate> issue(const ClientRequest& request,
                                                const std::string& agent_id);
  [[nodiscard]] Response answer(const std::string& agent_id, const std::string& certificate) const;

  const OwnCa& ca_;
  AgentStore& agents_;
  const Clock& clock_;
  Duration client_lifetime_;
};

}  // namespace certconnector::endpoint
