// The agent's configuration as values: parsed, checked, complete. Nothing here is changed after it
// was made.
//
// Paths are absolute UTF-8; an empty one means "not set". Secrets are not here, only the files that
// hold them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/config/ca_options.h"
#include "agent/platform/defaults.h"
#include "common/crypto/general_name.h"
#include "common/crypto/pkcs10.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::config {

struct AgentSettings {
  std::string state_dir = platform::defaults().state_folder;
  std::string runtime_dir = platform::defaults().runtime_folder;
  std::string socket;  // default: that of platform/control_address.h
  std::string socket_group = "certconnector";
  std::size_t workers = 2;
  Duration drain_timeout{std::chrono::seconds(30)};
};

enum class LogFormat { text, json };
struct LogSettings {
  log::Level level = log::Level::info;
  LogFormat format = LogFormat::text;
  std::string file;  // empty: standard error, the journal under systemd
  std::uint64_t rotate_size = 10UL * 1024 * 1024;  // octets
  std::size_t keep = 5;
};

// The CAs that may stand behind the endpoint's certificate.
enum class EndpointCa {
  configured,  // ca_file, or what the enrollment brought
  system       // the roots that this system trusts
};

// Of `proxy`: the one that the machine is set to use.
inline constexpr const char* kSystemProxy = "system";

// Empty url and files: those of the enrollment in <state_dir>/identity.
struct ManagementSettings {
  std::string url;
  EndpointCa ca = EndpointCa::configured;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string pkcs12_file;  // instead of the two above
  std::string passphrase_file;
  std::string certificate_store;  // instead of these files; see keys::parse_certificate_wanted()
  std::string name = "default";
  std::string proxy;  // a URL, kSystemProxy, or empty: none
  std::string proxy_user;
  std::string proxy_password_file;
  Duration request_timeout{std::chrono::seconds(60)};
  Duration poll_wait{std::chrono::seconds(30)};
  Duration lease{std::chrono::minutes(5)};
  std::size_t lease_max_jobs = 100;
  Duration heartbeat{std::chrono::seconds(60)};
  Duration challenge_timeout{std::chrono::seconds(10)};  // of the validation of a challenge
  std::size_t challenge_questions = 8;                   // validations at a time

  // A person supplies the certificate; the agent does not enroll.
  [[nodiscard]] bool own_certificate() const {
    return !certificate_file.empty() || !pkcs12_file.empty() || !certificate_store.empty();
  }
};

struct QueueSettings {
  std::size_t high_water = 2000;  // unfinished jobs at which no more are leased
  Duration retention{std::chrono::hours(24 * 30)};
  int max_attempts = 20;
};

struct RetrySettings {
  Duration base{std::chrono::seconds(2)};
  Duration cap{std::chrono::minutes(15)};
};

struct BreakerSettings {
  int failures = 5;
  Duration open_for{std::chrono::seconds(30)};
};

struct HttpSettings {
  std::string listen;                          // "host:port", plain; empty: off
  std::string tls_listen;                      // "host:port"; empty: off
  std::string certificate_file;                // of the TLS listener, with its chain
  std::string key_file;                        // of the TLS listener
  std::string certificate_store;               // in place of both
  std::uint64_t memory = 192UL * 1024 * 1024;  // octets, of all listeners, the NDES's included
  std::size_t max_connections = 8192;          // of each listener
  std::vector<std::string> trusted_proxies{"127.0.0.1", "::1"};  // addresses and networks
  // Of each client; 0: no limit.
  std::size_t requests_per_minute = 0;
  std::size_t challenge_failures_per_hour = 600;

  [[nodiscard]] bool off() const { return listen.empty() && tls_listen.empty(); }
  [[nodiscard]] bool has_certificate() const {
    return !certificate_file.empty() || !certificate_store.empty();
  }
};
// The host of "host:port", without the brackets of an IPv6 address.
[[nodiscard]] std::string host_of(const std::string& address);

enum class InDoubt { resubmit, hold };
struct CaSettings {
  std::string name;
  std::string backend;
  std::size_t concurrency = 2;
  InDoubt in_doubt = InDoubt::resubmit;
  std::shared_ptr<const CaOptions> options;  // the backend's own keys; never null
};

struct TemplateSettings {
  std::string name;
  std::string ca;  // empty: every CA
  Duration validity{std::chrono::hours(24 * 365)};
  Duration backdate{std::chrono::minutes(5)};
  std::uint16_t key_usage = 0;                  // mask of common/crypto/pkcs10.h; set by the parser
  std::vector<std::string> extended_key_usage;  // dotted OIDs
  std::vector<crypto::GeneralNameKind> san_kinds;
  int min_rsa = 2048;
  int min_ec = 256;
  bool refuse_unknown_extensions = false;
  bool exact_usages = false;
  bool requester_validity = false;
  bool approval = false;
  std::string crl_url;
  std::string aia_url;
};

enum class ScepChallenge {
  one_time,  // passwords that a person makes, each for one certificate
  signed_by_endpoint,
  asked_of_endpoint,
  fixed  // one for all, for laboratories
};
enum class ScepReport { by_challenge, yes, no };  // by_challenge: the endpoint's own are reported

inline constexpr std::chrono::hours kLongestPasswordValidity{24 * 30};

struct ScepSettings {
  std::string name;
  std::string ca;  // default: the only one
  std::string path = "/certsrv/mscep/mscep.dll";
  std::string short_path;  // another one for the same; empty: none
  std::string template_name;
  std::string signature_template;
  std::string encryption_template;
  std::string general_template;
  // Dotted, of the templates above, for an NDES's CA; empty: a template of version 1.
  std::string template_oid;
  std::string signature_template_oid;
  std::string encryption_template_oid;
  std::string general_template_oid;
  ScepChallenge challenge = ScepChallenge::one_time;
  std::string challenge_file;
  std::string challenge_keys_file;
  std::string challenge_issuer;
  Duration challenge_clock_skew{std::chrono::minutes(1)};
  std::size_t password_max = 5;  // open at once; 0: no limit
  Duration password_validity{std::chrono::minutes(60)};
  std::size_t password_length = 16;
  ScepReport report = ScepReport::by_challenge;
  bool deliver_after_report = false;
  Duration answer_within{std::chrono::seconds(10)};
  bool renewal = true;
  Duration renewal_window{std::chrono::hours(24 * 90)};
  std::size_t renewals_in_force = 3;
  std::size_t renewals_a_day = 6;
  bool revoke_superseded = true;
  Duration supersede_after{std::chrono::hours(24 * 7)};
  std::vector<std::string> previous_ca;  // CAs whose certificates renew here as well
  std::string next_ca_file;              // PEM of the successor CA's certificates; empty: none
  std::string ra_subject;                // default: CN=<name> SCEP RA
  std::string ra_template;               // default: one that is made for it
  int ra_key = 2048;
  Duration ra_validity{std::chrono::hours(24 * 730)};
  bool ra_separate = false;
  bool allow_sha1 = false;
  bool allow_triple_des = false;
  bool allow_insecure_des = false;
  bool ndes_failures = false;
  bool foreign_signer = false;

  [[nodiscard]] bool reports() const {
    const bool of_endpoint = challenge == ScepChallenge::signed_by_endpoint ||
                             challenge == ScepChallenge::asked_of_endpoint;
    return report == ScepReport::yes || (report == ScepReport::by_challenge && of_endpoint);
  }
};

// For the policy module of an NDES; empty listen: off.
struct RegistrationSettings {
  std::string listen;            // "host:port"
  std::string certificate_file;  // with its chain
  std::string key_file;
  std::string certificate_store;  // in place of both
  std::string client_ca_file;
  std::vector<std::string> allow;  // "dns:NAME", "sha256:THUMBPRINT"
  std::string service;             // the [scep.NAME] whose challenges it checks
  std::string issuing_ca_file;     // of the CA that the NDES asks; empty: the service's own
  // A certificate of that CA renews with one of these; dotted.
  std::vector<std::string> renewal_extended_key_usage{std::string(crypto::oid::kClientAuth)};
  std::vector<std::string> crl_hosts;  // "host", "host:port", of CRLs that certificates name
  std::string crl_url;                 // http
  std::string crl_file;
  bool delta_crls = true;
  bool allow_unknown_revocation = false;
  // Of requests, dotted: beside those whose content the agent reads.
  std::vector<std::string> allowed_extensions{"2.5.29.1",
                                              "2.5.29.3",
                                              "2.5.29.14",
                                              "2.5.29.19",
                                              "1.3.6.1.4.1.311.20.2",
                                              "1.3.6.1.4.1.311.21.7",
                                              "1.3.6.1.4.1.311.21.8",
                                              "1.3.6.1.4.1.311.21.10",
                                              "1.2.840.113549.1.9.15",
                                              "2.16.840.1.113730.1.11"};
  std::vector<std::string> allowed_attributes{"1.2.840.113549.1.9.2", "1.2.840.113549.1.9.15",
                                              "1.3.6.1.4.1.311.13.2.2", "1.3.6.1.4.1.311.13.2.3",
                                              "1.3.6.1.4.1.311.21.20"};
  Duration longest_validity{0};  // that a request may ask for; 0: that of the template's section
  Duration notify_within{std::chrono::minutes(15)};
};

struct Settings {
  AgentSettings agent;
  LogSettings log;
  ManagementSettings management;
  QueueSettings queue;
  RetrySettings retry;
  BreakerSettings breaker;
  HttpSettings http;
  std::vector<CaSettings> cas;
  std::vector<TemplateSettings> templates;
  std::vector<ScepSettings> scep;
  RegistrationSettings registration;
};

}  // namespace certconnector::config
