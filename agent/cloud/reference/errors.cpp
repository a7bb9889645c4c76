#include "agent/cloud/reference/errors.h"

#include <string>

#include "agent/platform/words.h"

namespace certconnector::cloud {
namespace {

// The remedies with a command of the platform. They live as long as the program.
std::string_view of_unknown_host() {
  static const std::string remedy =
      "See that this machine's DNS knows the host that the message names: `" +
      platform::machine_commands().look_up_host +
      "`. Where the endpoint has another name now, a new token brings it: `certconnector enroll -`";
  return remedy;
}

std::string_view of_expired_certificate() {
  static const std::string remedy =
      "See that this machine's clock is right: `" + platform::machine_commands().show_clock +
      "`. Then ask the endpoint's administrator to renew the endpoint's certificate; the agent "
      "goes on by itself";
  return remedy;
}

}  // namespace

ErrorCode error_code(CloudErrc errc) {
  switch (errc) {
    case CloudErrc::unreachable:
      return {"cloud", "unreachable",
              "See that the endpoint runs, and that firewalls let this machine through to the host "
              "and port that the message names"};
    case CloudErrc::unknown_host:
      return {"cloud", "unknown_host", of_unknown_host()};
    case CloudErrc::proxy_unreachable:
      return {"cloud", "proxy_unreachable",
              "See that the proxy runs and may connect to the endpoint, or correct proxy in the "
              "section [management] (empty: none), then `certconnector reload`"};
    case CloudErrc::not_tls:
      return {"cloud", "not_tls",
              "See that host and port in the message are the endpoint's, and which program answers "
              "there: the agent speaks HTTPS alone"};
    case CloudErrc::timed_out:
      return {"cloud", "timed_out",
              "See that firewalls and proxies on the way let the agent through. An endpoint that "
              "is only slow recovers, and the agent goes on by itself"};
    case CloudErrc::stopped:
      return {"cloud", "stopped"};
    case CloudErrc::untrusted:
      return {"cloud", "untrusted",
              "Ask the endpoint's administrator. Where the endpoint has a new CA, a new token "
              "names it: `certconnector enroll -`; with certificate_file in the section "
              "[management], put it into ca_file and run `certconnector reload`. Where it has not, "
              "another machine answers in its place"};
    case CloudErrc::certificate_expired:
      return {"cloud", "certificate_expired", of_expired_certificate()};
    case CloudErrc::other_host:
      return {"cloud", "other_host",
              "Ask the endpoint's administrator for a certificate with the host name that the "
              "message has, or for a new token with the right name"};
    case CloudErrc::pin_missed:
      return {"cloud", "pin_missed",
              "Ask the endpoint's administrator for a new token. Where the endpoint's CA is still "
              "the one that the old token names, another machine answers in its place"};
    case CloudErrc::identity_refused:
      return {"cloud", "identity_refused"};
    case CloudErrc::proxy_refused:
      return {"cloud", "proxy_refused",
              "Correct proxy_user and proxy_password_file in the section [management], then "
              "`certconnector reload`"};
    case CloudErrc::throttled:
      return {"cloud", "throttled",
              "Wait: the endpoint has too much to do or is under maintenance, and the agent goes "
              "on by itself. Where it lasts, ask the endpoint's administrator"};
    case CloudErrc::endpoint_failed:
      return {"cloud", "endpoint_failed",
              "Ask the endpoint's administrator: the error is the endpoint's own. The agent goes "
              "on by itself"};
    case CloudErrc::redirected:
      return {"cloud", "redirected",
              "Ask the endpoint's administrator for a token with the endpoint's new address, then "
              "`certconnector enroll -`; with certificate_file in the section [management], set "
              "url there"};
    case CloudErrc::request_refused:
      return {"cloud", "request_refused",
              "Ask the endpoint's administrator why it does not take what the agent sends: another "
              "address, or another version of the protocol"};
    case CloudErrc::bad_answer:
      return {"cloud", "bad_answer",
              "See whether the management endpoint answers at that address, or a proxy or a web "
              "server in its place. If it is the endpoint, tell its administrator"};
    case CloudErrc::bad_credentials:
      return {"cloud", "bad_credentials"};
    case CloudErrc::token_expired:
      return {"cloud", "token_expired", "Ask the endpoint's administrator for a new token"};
  }
  return {"cloud", "unknown"};
}

}  // namespace certconnector::cloud
