// The points on a job's path where a crash matters, in order. Production passes NoCrashPoints; the
// crash campaigns pass one that kills the process.
#pragma once

#include <string_view>

namespace certconnector::core {

enum class CrashPoint {
  leased,  // the endpoint gave jobs, nothing is stored
  stored,  // stored, not acknowledged
  lease_acknowledged,
  enrollments_arrived,  // devices' requests are read, nothing is stored
  enrollments_begun,    // stored, with their challenges held; no device has an answer
  claimed,              // intent recorded, CA not called
  submitted,            // the CA has answered, nothing of it is stored
  settled,              // outcome stored
  report_sent,          // the endpoint has answered, not stored
  report_acknowledged,
  answer_ready,  // of a device's enrollment, not sent
  answer_sent    // the connection has it; whether it still leaves is open
};

[[nodiscard]] constexpr std::string_view to_string(CrashPoint w) {
  switch (w) {
    case CrashPoint::leased:
      return "leased";
    case CrashPoint::stored:
      return "stored";
    case CrashPoint::lease_acknowledged:
      return "lease_acknowledged";
    case CrashPoint::enrollments_arrived:
      return "enrollments_arrived";
    case CrashPoint::enrollments_begun:
      return "enrollments_begun";
    case CrashPoint::claimed:
      return "claimed";
    case CrashPoint::submitted:
      return "submitted";
    case CrashPoint::settled:
      return "settled";
    case CrashPoint::report_sent:
      return "report_sent";
    case CrashPoint::report_acknowledged:
      return "report_acknowledged";
    case CrashPoint::answer_ready:
      return "answer_ready";
    case CrashPoint::answer_sent:
      return "answer_sent";
  }
  return "unknown";
}

class CrashPoints {
 public:
  virtual ~CrashPoints() = default;
  virtual void reached(CrashPoint point) = 0;
};

class NoCrashPoints final : public CrashPoints {
 public:
  void reached(CrashPoint) override {}
};

}  // namespace certconnector::core
