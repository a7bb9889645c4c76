#include "agent/config/rules.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kDay{24};

Complaint check_proxy_url(const std::string& value) {
  if (value == kSystemProxy) return std::nullopt;
  Complaint complaint = check_http_url(value);
  if (!complaint || value.find("://") != std::string::npos) return complaint;
  return *complaint + ", or system";
}

}  // namespace

const Rules<AgentSettings>& agent_rules() {
  using S = AgentSettings;
  static const Rules<S> rules{
      text_rule("state_dir", &S::state_dir, check_path),
      text_rule("runtime_dir", &S::runtime_dir, check_path),
      text_rule("socket", &S::socket, check_path),
      text_rule("socket_group", &S::socket_group, check_line),
      count_rule("workers", &S::workers, 1, 64),
      duration_rule("drain_timeout", &S::drain_timeout, seconds(1), minutes(10)),
  };
  return rules;
}

const Rules<LogSettings>& log_rules() {
  using S = LogSettings;
  static const Rules<S> rules{
      choice_rule("level", &S::level,
                  Choices<log::Level>{{"debug", log::Level::debug},
                                      {"info", log::Level::info},
                                      {"warning", log::Level::warning},
                                      {"error", log::Level::error}}),
      choice_rule("format", &S::format,
                  Choices<LogFormat>{{"text", LogFormat::text}, {"json", LogFormat::json}}),
      text_rule("file", &S::file, check_path),
      size_rule("rotate_size", &S::rotate_size, 64ULL << 10U, 4ULL << 30U),
      count_rule("keep", &S::keep, 0, 1000),
  };
  return rules;
}

const Rules<ManagementSettings>& management_rules() {
  using S = ManagementSettings;
  static const Rules<S> rules{
      text_rule("url", &S::url, check_https_url),
      choice_rule("ca", &S::ca,
                  Choices<EndpointCa>{{"configured", EndpointCa::configured},
                                      {"system", EndpointCa::system}}),
      text_rule("ca_file", &S::ca_file, check_path),
      text_rule("certificate_file", &S::certificate_file, check_path),
      text_rule("key_file", &S::key_file, check_path),
      text_rule("pkcs12_file", &S::pkcs12_file, check_path),
      text_rule("passphrase_file", &S::passphrase_file, check_path),
      text_rule("certificate_store", &S::certificate_store, check_store_certificate),
      text_rule("name", &S::name, check_identifier),
      text_rule("proxy", &S::proxy, check_proxy_url),
      text_rule("proxy_user", &S::proxy_user, check_line),
      text_rule("proxy_password_file", &S::proxy_password_file, check_path),
      duration_rule("request_timeout", &S::request_timeout, seconds(1), minutes(10)),
      duration_rule("poll_wait", &S::poll_wait, seconds(0), seconds(30)),
      duration_rule("lease", &S::lease, seconds(10), hours(1)),
      count_rule("lease_max_jobs", &S::lease_max_jobs, 1, 500),
      duration_rule("heartbeat", &S::heartbeat, seconds(5), hours(1)),
      duration_rule("challenge_timeout", &S::challenge_timeout, seconds(1), minutes(1)),
      count_rule("challenge_questions", &S::challenge_questions, 1, 64),
  };
  return rules;
}

const Rules<QueueSettings>& queue_rules() {
  using S = QueueSettings;
  static const Rules<S> rules{
      count_rule("high_water", &S::high_water, 1, 10000000),
      duration_rule("retention", &S::retention, hours(1), kDay * 3650),
      count_rule("max_attempts", &S::max_attempts, 1, 1000),
  };
  return rules;
}

const Rules<RetrySettings>& retry_rules() {
  using S = RetrySettings;
  static const Rules<S> rules{
      duration_rule("base", &S::base, milliseconds(10), hours(1)),
      duration_rule("cap", &S::cap, milliseconds(10), kDay),
  };
  return rules;
}

const Rules<BreakerSettings>& breaker_rules() {
  using S = BreakerSettings;
  static const Rules<S> rules{
      count_rule("failures", &S::failures, 1, 1000),
      duration_rule("open_for", &S::open_for, milliseconds(10), hours(1)),
  };
  return rules;
}

const Rules<CaSettings>& ca_rules() {
  using S = CaSettings;
  static const Rules<S> rules{
      count_rule("concurrency", &S::concurrency, 1, 64),
      choice_rule("in_doubt", &S::in_doubt,
                  Choices<InDoubt>{{"resubmit", InDoubt::resubmit}, {"hold", InDoubt::hold}}),
  };
  return rules;
}

}  // namespace certconnector::config
