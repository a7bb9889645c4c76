// Arguments and results of the commands about SCEP services, in the manner of messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace certconnector::control_proto {

struct ScepRa {
  std::string subject;
  std::string serial;
  Timestamp not_after;
  Timestamp renew_at;
};

// A setting by which the service takes unsound requests, or deviates from the RFC.
struct ScepSwitch {
  std::string name;  // of the setting: "allow_sha1"
  bool on = false;
  bool insecure = false;
  std::string meaning;
};

struct ScepService {
  std::string name;
  std::vector<std::string> paths;
  std::string ca;         // name of its section
  std::string challenge;  // one-time, signed, static
  bool renewal = true;
  bool reports = false;         // to the management endpoint
  bool registration = false;    // for the NDES service alone: no paths and no RA certificate
  bool can_enroll = false;      // now; of a service with paths
  std::optional<ScepRa> ra;     // none: it cannot enroll
  std::uint64_t older_ras = 0;  // still understood
  std::vector<ScepSwitch> switches;
  std::string problem;  // why some devices cannot enroll, now or soon; empty: all is well
};

struct ScepListResult {
  std::string address;      // where the agent listens, "host:port"; empty: nowhere
  std::string tls_address;  // the same over TLS
  std::vector<ScepService> services;
  std::string at_rest;  // why no device gets a certificate now; empty: the agent does its jobs
};

struct ScepArguments {
  std::string service;
};
struct ScepCapability {
  std::string name;  // as GetCACaps has it
  std::string meaning;
};
struct ScepCapsResult {
  std::string service;
  std::vector<ScepCapability> capabilities;
  std::vector<ScepSwitch> switches;
};

struct ScepExplainArguments {
  std::string what;  // a transaction, device or challenge id, or a part of the subject
  std::optional<std::string> service;
  std::optional<std::uint64_t> number;  // of ScepEnrollment
};
struct ScepEnrollment {
  std::uint64_t number = 0;  // names it as long as it is known
  std::string service;
  std::string transaction;
  std::string device;
  std::string challenge;
  std::string subject;
  Timestamp at;
  std::uint64_t attempts = 1;
  std::string job;       // id; empty: removed after its retention
  std::string standing;  // issued, revoked, withheld, refused, forgotten, or the job's state
  std::string serial;
};
struct ScepExplanation {
  std::vector<std::string> happened;
  std::string why;
  std::string next;
};
struct ScepExplainResult {
  std::vector<ScepEnrollment> enrollments;  // newest first
  bool more = false;                        // there are older ones
  std::optional<ScepExplanation> story;     // when one was found
};

struct ScepTestArguments {
  std::string service;
  std::string challenge;               // a secret; empty: the service's own
  std::optional<std::string> subject;  // RFC 4514
  // Where devices reach it; none: at the agent's own listener.
  std::optional<std::string> url;
  std::optional<std::string> trusted;  // PEM: the CAs for https; none: those of the system
};
struct ScepTestStep {
  std::string what;
  std::int64_t milliseconds = 0;
};
struct ScepTestResult {
  std::string service;
  std::string transaction;
  std::vector<ScepTestStep> steps;  // that were done
  bool passed = false;
  std::string failure;  // what the step after them ran into
  std::string next;     // what to do about it
};

}  // namespace certconnector::control_proto
