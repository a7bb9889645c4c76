// The adapter against a broken or hostile endpoint: every row ends in a typed error, in
// bounded time and memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;

constexpr std::string_view kProblemHead =
    "HTTP/1.1 429 Too Many\r\nContent-Type: application/problem+json\r\n";

struct Fault {
  std::string name;
  Script script;
  std::string code;  // of CloudErrc
  ErrorKind kind = ErrorKind::transient;
  std::optional<Duration> retry_after;
  std::string in_message;
  bool needs_deadline = false;  // ends only by the deadline
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

Script answers(int status, const std::string& body, const std::string& headers = {}) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(status, body, headers);
  };
}

// Sends `octets` as they are and closes the connection.
Script sends(const std::string& octets) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(octets);
    connection.close_after_answer();
  };
}

// Sends `head`, then `more` again and again until the client gives up.
Script floods(const std::string& head, const std::string& more) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(head);
    while (connection.send(more)) {
    }
    connection.close_after_answer();
  };
}

Script drips(const std::string& head, const std::string& octet) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(head);
    connection.drip(octet);
  };
}

Script silent() {
  return [](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.wait_for_client_close();
  };
}

Script resets() {
  return [](ScriptedConnection& connection, const ReceivedRequest&) { connection.reset(); };
}

std::vector<Fault> all_faults() {
  constexpr auto kTransient = ErrorKind::transient;
  constexpr auto kPermanent = ErrorKind::permanent;
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string block(16384, ' ');
  return {
      {"throttled_429_seconds", answers(429, "{}", "Retry-After: 7\r\n"), "throttled", kTransient,
       std::chrono::seconds(7), "429", false},
      {"throttled_503_date",
       answers(
           503, "",
           "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 00:02:00 GMT\r\n"),
       "throttled", kTransient, std::chrono::minutes(2), "503", false},
      {"throttled_503_date_against_the_machines_clock",
       answers(503, "", "Retry-After: Thu, 01 Jan 2026 00:00:30 GMT\r\n"), "throttled", kTransient,
       std::chrono::seconds(30), "503", false},
      {"throttled_for_too_long", answers(503, "", "Retry-After: 99999999999\r\n"), "throttled",
       kTransient, std::chrono::hours(1), "503", false},
      {"throttled_without_a_time", answers(503, "", "Retry-After: soon\r\n"), "throttled",
       kTransient, std::nullopt, "503", false},
      {"internal_error", answers(500, "oops"), "endpoint_failed", kTransient, std::nullopt, "500",
       false},
      {"request_timeout", answers(408, ""), "endpoint_failed", kTransient, std::nullopt, "408",
       false},
      {"unauthorized", answers(401, ""), "identity_refused", ErrorKind::denied, std::nullopt, "401",
       false},
      {"forbidden_with_a_problem",
       answers(403,
               R"({"title":"Forbidden","detail":"the agent\nis revoked","code":"agent_revoked"})"),
       "identity_refused", ErrorKind::denied, std::nullopt, "the agent is revoked (agent_revoked)",
       false},
      {"bad_request", answers(400, R"({"title":"Bad","code":"bad_request"})"), "request_refused",
       kPermanent, std::nullopt, "400: Bad (bad_request)", false},
      {"not_found_as_html", answers(404, "<html>"), "request_refused", kPermanent, std::nullopt,
       "404", false},
      {"redirect", answers(307, "", "Location: https://localhost:1/\r\n"), "redirected", kPermanent,
       std::nullopt, "redirect", false},
      {"not_json", answers(200, "<html>hello</html>"), "bad_answer", kTransient, std::nullopt,
       "not JSON", false},
      {"json_of_another_kind", answers(200, "[]"), "bad_answer", kTransient, std::nullopt,
       "is not an object", false},
      {"no_content", answers(204, ""), "bad_answer", kTransient, std::nullopt, "204", false},
      {"repeated_key",
       answers(200,
               R"({"server_time":"2026-01-01T00:00:00Z","server_time":"2026-01-01T00:00:00Z"})"),
       "bad_answer", kTransient, std::nullopt, "twice", false},
      {"truncated_body", sends("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"server_time\":"),
       "unreachable", kTransient, std::nullopt, "", false},
      {"truncated_chunk", sends(chunked + "ff\r\n{\"server_time\":"), "unreachable", kTransient,
       std::nullopt, "", false},
      {"malformed_chunk_size", sends(chunked + "zz\r\n{}\r\n0\r\n\r\n"), "unreachable", kTransient,
       std::nullopt, "", false},
      {"not_http", sends("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "unreachable", kTransient, std::nullopt,
       "", false},
      {"closed_without_an_answer", sends(""), "unreachable", kTransient, std::nullopt, "", false},
      {"reset", resets(), "unreachable", kTransient, std::nullopt, "", false},
      {"huge_headers",
       sends("HTTP/1.1 200 OK\r\nX-Huge: " + std::string(100000, 'x') +
             "\r\nContent-Length: 2\r\n\r\n{}"),
       "bad_answer", kTransient, std::nullopt, "larger than the limit", false},
      {"endless_headers", floods("HTTP/1.1 200 OK\r\n", "X-More: " + block + "\r\n"), "bad_answer",
       kTransient, std::nullopt, "larger than the limit", false},
      {"huge_content_length", sends("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"),
       "bad_answer", kTransient, std::nullopt, "larger than the limit", false},
      {"endless_chunks", floods(chunked, "4000\r\n" + block + "\r\n"), "bad_answer", kTransient,
       std::nullopt, "larger than the limit", false},
      {"endless_chunk", floods(chunked + "7fffffff\r\n", block), "bad_answer", kTransient,
       std::nullopt, "larger than the limit", false},
      {"endless_body_without_a_length", floods("HTTP/1.1 200 OK\r\n\r\n", block), "bad_answer",
       kTransient, std::nullopt, "larger than the limit", false},
      {"silence", silent(), "timed_out", kTransient, std::nullopt, "did not answer within", true},
      {"dripping_headers", drips("HTTP/1.1 200 OK\r\nX-Slow: ", "x"), "timed_out", kTransient,
       std::nullopt, "did not answer within", true},
      {"dripping_body", drips("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{", " "), "timed_out",
       kTransient, std::nullopt, "did not answer within", true},
  };
}

class EndpointFault : public ::testing::TestWithParam<Fault> {};

TEST_P(EndpointFault, EndsInATypedError) {
  const Fault& fault = GetParam();
  const ScriptedServer server(good_server(), fault.script);
  const FakeClock clock;
  auto settings = settings_for(server.url());
  settings.max_answer = std::size_t{1} * 1024 * 1024;
  if (fault.needs_deadline) settings.request_timeout = Duration(600);
  const auto endpoint = make_endpoint(settings, clock);

  const auto begin = std::chrono::steady_clock::now();
  const auto result = endpoint->heartbeat(core::Heartbeat{}, StopToken());
  const auto took = std::chrono::steady_clock::now() - begin;

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code().name, fault.code) << result.error().message();
  EXPECT_EQ(result.error().kind(), fault.kind);
  EXPECT_EQ(result.error().retry_after(), fault.retry_after);
  EXPECT_THAT(result.error().message(), HasSubstr(fault.in_message));
  EXPECT_THAT(result.error().message(), HasSubstr("sending the heartbeat"));
  EXPECT_THAT(result.error().message(), Not(HasSubstr("\n")));
  EXPECT_THAT(took, Lt(std::chrono::seconds(15)));
}

INSTANTIATE_TEST_SUITE_P(All, EndpointFault, ::testing::ValuesIn(all_faults()),
                         [](const auto& row) { return row.param.name; });

TEST(EndpointStop, EndsALongPollAtOnce) {
  std::promise<void> polling;
  const ScriptedServer server(good_server(),
                              [&polling](ScriptedConnection& connection, const auto&) {
                                polling.set_value();
                                connection.wait_for_client_close();
                              });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  StopSource stop;
  auto poll = std::async(std::launch::async,
                         [&] { return endpoint->lease(core::LeaseQuery{}, stop.token()); });
  polling.get_future().wait();

  stop.request_stop();
  const auto leased = poll.get();

  ASSERT_FALSE(leased);
  EXPECT_EQ(leased.error().code().name, "stopped");
}

TEST(EndpointStop, SendsNothingWhenAlreadyStopped) {
  const ScriptedServer server(good_server(),
                              answers(200, R"({"server_time":"2026-01-01T00:00:00Z"})"));
  const FakeClock clock;
  StopSource stop;
  stop.request_stop();
  const auto result = make_endpoint(settings_for(server.url()), clock)->heartbeat({}, stop.token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code().name, "stopped");
  EXPECT_TRUE(server.requests().empty());
}

TEST(EndpointConnection, TellsThatNobodyListens) {
  std::string url;
  {
    const ScriptedServer server(good_server(), silent());
    url = server.url();
  }
  const FakeClock clock;
  const auto result = make_endpoint(settings_for(url), clock)->heartbeat({}, StopToken());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code().name, "unreachable");
  EXPECT_THAT(result.error().message(), HasSubstr(url));
}

}  // namespace
}  // namespace certconnector::testing
