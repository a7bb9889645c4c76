// A TLS server in the place of the agent: it takes clients of the test's PKI, notes who asked what,
// and gives one answer.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "agent/ndes_policy/agent_transport.h"
#include "common/http/server.h"
#include "tests/agent/ndes_policy/scripted_agent.h"
#include "tests/support/test_pki.h"

namespace certconnector::ndes_policy::testing {

class ListeningAgent final : public http::Handler {
 public:
  explicit ListeningAgent(std::string answer) : answer_(std::move(answer)) {
    http::ServerSettings settings;
    settings.tls = http::TlsSettings{pki.server_chain_pem(), pki.server().key_pem(),
                                     pki.intermediate().certificate.to_pem()};
    server_ = http::Server::start(settings, *this, log_).value();
  }

  void handle(http::Request request, http::Reply reply) override {
    std::string body;
    {
      const std::lock_guard lock(mutex_);
      if (keeps_) asked_.push_back(std::move(request));
      body = answer_;
    }
    changed_.notify_all();
    reply.send(json(body));
  }

  [[nodiscard]] AgentAddress address() const {
    return {"127.0.0.1", server_->port(), pki.root().certificate.to_pem()};
  }
  [[nodiscard]] http::ClientCertificate client() const {
    return {pki.client().certificate.to_pem(), pki.client().key_pem()};
  }
  void answer(const std::string& body) {
    const std::lock_guard lock(mutex_);
    answer_ = body;
  }
  void forget_requests() {
    const std::lock_guard lock(mutex_);
    keeps_ = false;
  }
  // Waits for so many.
  std::vector<http::Request> asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return asked_.size() >= count; });
    return asked_;
  }

  const certconnector::testing::TestPki pki;

 private:
  std::string answer_;
  bool keeps_ = true;
  certconnector::testing::CapturingLogger log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<http::Request> asked_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace certconnector::ndes_policy::testing
