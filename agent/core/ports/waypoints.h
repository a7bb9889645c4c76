// The points on a job's path where a crash matters, in order. Production passes NoWaypoints; the
// crash campaigns pass one that kills the process.
#pragma once

#include <string_view>

namespace certconnector::core {

enum class Waypoint {
  leased,  // the endpoint gave jobs, nothing is stored
  stored,  // stored, not acknowledged
  lease_acknowledged,
  enrollments_arrived,  // devices' requests are read, nothing is stored
  enrollments_begun,    // stored, with their challenges held; nobody is told
  claimed,              // intent recorded, CA not called
  submitted,            // the CA has answered, nothing of it is stored
  settled,              // outcome stored
  report_sent,          // the endpoint has answered, not stored
  report_acknowledged,
  answer_ready,  // of a device's enrolment, not sent
  answer_sent    // the connection has it; whether it still leaves is open
};

[[nodiscard]] constexpr std::string_view to_string(Waypoint w) {
  switch (w) {
    case Waypoint::leased:
      return "leased";
    case Waypoint::stored:
      return "stored";
    case Waypoint::lease_acknowledged:
      return "lease_acknowledged";
    case Waypoint::enrollments_arrived:
      return "enrollments_arrived";
    case Waypoint::enrollments_begun:
      return "enrollments_begun";
    case Waypoint::claimed:
      return "claimed";
    case Waypoint::submitted:
      return "submitted";
    case Waypoint::settled:
      return "settled";
    case Waypoint::report_sent:
      return "report_sent";
    case Waypoint::report_acknowledged:
      return "report_acknowledged";
    case Waypoint::answer_ready:
      return "answer_ready";
    case Waypoint::answer_sent:
      return "answer_sent";
  }
  return "unknown";
}

class Waypoints {
 public:
  virtual ~Waypoints() = default;
  virtual void reached(Waypoint point) = 0;
};

class NoWaypoints final : public Waypoints {
 public:
  void reached(Waypoint) override {}
};

}  // namespace certconnector::core
