// Asks the agent's NDES service (proto/registration/openapi.yaml). One deadline holds for a
// question with all that it takes: a failure before it has one more try, and so has an older agent
// in its version of the protocol.
//
// Errors: PolicyErrc, but spool_full and damaged. Messages name no secret.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "agent/ndes_policy/errors.h"
#include "common/http/client.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"
#include "proto/registration/messages.h"

namespace certconnector::ndes_policy {

// Sends one request to the agent, with the errors of http::fetch. From any thread.
using Send =
    std::function<Result<http::Response>(const http::Request& request, const http::FetchLimits&)>;

struct ClientParts {
  Send send;
  const Clock& clock;  // now() alone; outlives the client
  log::Logger& logger;
  Duration deadline;
};

// Thread-safe. Calls block until the deadline at most, or the stop.
class NdesServiceClient {
 public:
  explicit NdesServiceClient(ClientParts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] Result<std::string> challenge(const registration_wire::ChallengeRequest& request,
                                              const StopToken& stop);
  [[nodiscard]] Result<registration_wire::VerifyAnswer> verify(
      const registration_wire::VerifyRequest& request, const StopToken& stop);
  // Without the digest where the agent's version has none.
  [[nodiscard]] Result<registration_wire::Standing> notify(
      const registration_wire::Notification& notification, const StopToken& stop);

 private:
  struct Limit {
    Timestamp until;
    const StopToken& stop;
  };
  using BodyOf = std::function<std::string(unsigned version)>;

  // The body of a 200.
  [[nodiscard]] Result<std::string> ask(const char* operation, const BodyOf& body,
                                        const StopToken& stop);
  [[nodiscard]] Result<http::Response> send(const http::Request& request, const Limit& limit);
  // Whether the agent has another version in common, which is taken from now on. Errors:
  // no_version.
  [[nodiscard]] Result<bool> take_older_version(const http::Response& response);
  [[nodiscard]] Duration left(const Limit& limit) const;

  const ClientParts parts_;
  std::atomic<unsigned> version_{registration_wire::kNewestVersion};
};

}  // namespace certconnector::ndes_policy
