#include "agent/ndes_policy/module_session.h"

#include <utility>

#include "common/http/server.h"

namespace certconnector::ndes_policy {

ModuleSession::ModuleSession(ModuleSettings settings, CredentialSource credentials,
                             std::unique_ptr<log::Logger> logger)
    : settings_(std::move(settings)),
      logger_(std::move(logger)),
      transport_(settings_.agent, std::move(credentials), clock_, *logger_),
      client_({[this](const http::Request& request, const http::FetchLimits& limits) {
                 if (settings_.unusable.empty()) return transport_.send(request, limits);
                 return Result<http::Response>(
                     Error(http::HttpErrc::bad_tls, ErrorKind::permanent, settings_.unusable));
               },
               clock_, *logger_, settings_.deadline}),
      spool_(settings_.spool_folder, clock_),
      sender_(spool_, client_, *logger_, random_),
      sending_(
          "ndes-notify", [this](const StopToken& stop) { return sender_.step(stop); }, clock_,
          *logger_),
      policy_({client_, spool_, *logger_, [this] { sending_.wakeup().notify(); }}) {
  if (settings_.unusable.empty()) {
    logger_->info("policy.started", "The policy module works.",
                  {{"agent", settings_.agent.host}, {"port", settings_.agent.port}});
  } else {
    logger_->error("policy.unusable", "The policy module verifies nothing: " + settings_.unusable);
  }
  sending_.start(stopping_.token());
}

ModuleSession::~ModuleSession() {
  stopping_.request_stop();
  sending_.join();
}

}  // namespace certconnector::ndes_policy
