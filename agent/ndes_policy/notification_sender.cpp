#include "agent/ndes_policy/notification_sender.h"

#include "agent/platform/errors.h"

namespace certconnector::ndes_policy {
namespace {

// The other process of an overlapped recycle may leave notifications without a word.
constexpr Duration kIdleLook{std::chrono::minutes(1)};
constexpr runtime::RetryPolicy kRetry{std::chrono::seconds(1), std::chrono::minutes(1)};

}  // namespace

NotificationSender::NotificationSender(NotificationSpool& spool, NdesServiceClient& client,
                                       log::Logger& logger, runtime::RandomSource& random)
    : spool_(spool), client_(client), logger_(logger), backoff_(kRetry, random) {}

Duration NotificationSender::step(const StopToken& stop) {
  const auto names = spool_.names();
  if (!names.ok()) return wait_longer(names.error());
  for (const std::string& name : *names) {
    const auto failure = send(name, stop);
    if (stop.stop_requested()) return kIdleLook;
    if (failure) return wait_longer(*failure);
  }
  backoff_.succeeded();
  if (!told_.empty()) logger_.info("policy.reported", "The agent has what waited in the spool.");
  told_.clear();
  return kIdleLook;
}

std::optional<Error> NotificationSender::send(const std::string& name, const StopToken& stop) {
  const auto notification = spool_.read(name);
  if (!notification.ok()) {
    const ErrorCode& code = notification.error().code();
    if (code == platform::error_code(platform::PlatformErrc::not_found)) return std::nullopt;
    if (code != error_code(PolicyErrc::damaged)) return notification.error();
    logger_.error("policy.spool", "A notification in the spool is damaged; it is kept as .bad: " +
                                      notification.error().message());
    put_aside(name);
    return std::nullopt;
  }
  const auto standing = client_.notify(*notification, stop);
  if (standing.ok()) {
    forget(name);
    return std::nullopt;
  }
  if (standing.error().code() != error_code(PolicyErrc::refused)) return standing.error();
  logger_.error("policy.not_recorded",
                "The agent does not take the outcome of a request; it is kept as .bad: " +
                    standing.error().message(),
                {{"transaction", notification->transaction_id}, {"file", name}});
  put_aside(name);
  return std::nullopt;
}

void NotificationSender::forget(const std::string& name) {
  const Status removed = spool_.remove(name);
  if (removed.ok()) return;
  logger_.warning("policy.spool", "A notification that the agent has stays in the spool: " +
                                      removed.error().message());
}

void NotificationSender::put_aside(const std::string& name) {
  const Status moved = spool_.put_aside(name);
  if (moved.ok()) return;
  logger_.error("policy.spool", "The spool cannot be changed: " + moved.error().message());
}

Duration NotificationSender::wait_longer(const Error& why) {
  const std::string cause(why.code().name);
  if (cause != told_) {
    told_ = cause;
    logger_.warning(
        "policy.not_reported",
        "Notifications wait in the spool, since the agent does not take them: " + why.message());
  }
  return backoff_.failed(why.retry_after());
}

}  // namespace certconnector::ndes_policy
