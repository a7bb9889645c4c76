#include "agent/app/enrollment_module.h"

#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::app {

EnrollmentModule::EnrollmentModule(const EnrollmentModuleParts& parts, std::size_t questions)
    : parts_(parts),
      alarms_(parts.clock, parts.logger),
      queue_(parts.ledger, parts.storage, parts.clock, parts.crash_points, parts.intake, &alarms_),
      maintenance_(parts.ledger, parts.challenges, parts.storage, parts.clock, parts.logger),
      validation_pool_(parts.validator, parts.clock, parts.logger, questions),
      service_({queue_, validation_pool_, parts.operating_mode, parts.clock,
                [this] { return fresh_job_id(); }}),
      queue_loop_("scep-queue",
                  parts.watch.watch("scep-queue",
                                    [this](const StopToken& stop) { return queue_.step(stop); }),
                  parts.clock, parts.logger),
      records_loop_(
          "scep-records",
          parts.watch.watch("scep-records",
                            [this](const StopToken& stop) { return maintenance_.step(stop); }),
          parts.clock, parts.logger) {}

EnrollmentModule::~EnrollmentModule() { close(); }

void EnrollmentModule::start() {
  arrivals_.emplace(queue_.arrived(), queue_loop_.wakeup());
  queue_loop_.start(stopping_.token());
  records_loop_.start(stopping_.token());
}

std::string EnrollmentModule::fresh_job_id() const {
  constexpr std::size_t kDigits = 12;
  constexpr unsigned kHexBits = 4;
  auto millis = static_cast<std::uint64_t>(to_millis(parts_.clock.now()));
  std::string time(kDigits, '0');
  for (std::size_t i = kDigits; i-- > 0; millis >>= kHexBits) {
    time[i] = "0123456789abcdef"[millis & 0xFU];
  }
  constexpr std::size_t kRandom = 6;  // octets
  return "scep-" + time + "-" + text::to_hex(crypto::random_bytes(kRandom));
}

void EnrollmentModule::close() {
  stopping_.request_stop();
  queue_loop_.join();
  records_loop_.join();
  arrivals_.reset();
  validation_pool_.close();
  queue_.close();
}

}  // namespace certconnector::app
