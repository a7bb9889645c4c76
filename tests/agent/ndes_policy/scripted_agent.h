// An agent that gives the answers of a list, and notes the requests.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "agent/ndes_policy/ndes_service_client.h"
#include "common/http/server.h"
#include "proto/registration/codec.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::ndes_policy::testing {

using Answer = Result<http::Response>;

inline http::Response response(unsigned status, const std::string& type, const std::string& body) {
  http::Response out;
  out.status = status;
  out.content_type = type;
  out.body = std::make_shared<const Bytes>(as_bytes(body).to_bytes());
  return out;
}
inline http::Response json(const std::string& body) {
  return response(200, "application/json", body);
}
inline http::Response problem(unsigned status, const std::string& code,
                              std::vector<unsigned> versions = {}) {
  return response(status, "application/problem+json",
                  registration_wire::encode_problem({status, code, "words", std::move(versions)}));
}
inline Error no_answer() {
  return {http::HttpErrc::no_answer, ErrorKind::transient, "connecting: refused"};
}

// One thread.
class ScriptedAgent {
 public:
  Answer operator()(const http::Request& request, const http::FetchLimits& limits) {
    asked.push_back(request);
    times.push_back(limits.time);
    if (before_answer) before_answer();
    if (answers.empty()) return no_answer();
    Answer next = std::move(answers.front());
    answers.pop_front();
    return next;
  }

  std::deque<Answer> answers;
  std::function<void()> before_answer;
  std::vector<http::Request> asked;
  std::vector<Duration> times;  // that each had
};

struct ClientAndAgent {
  static constexpr Duration kDeadline{std::chrono::seconds(10)};

  certconnector::testing::FakeClock clock;
  certconnector::testing::CapturingLogger log;
  ScriptedAgent agent;
  StopSource stopping;
  NdesServiceClient client{{[this](const http::Request& request, const http::FetchLimits& limits) {
                              return agent(request, limits);
                            },
                            clock, log, kDeadline}};
};

}  // namespace certconnector::ndes_policy::testing
