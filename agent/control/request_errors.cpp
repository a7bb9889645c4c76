#include "agent/control/request_errors.h"

#include <array>
#include <string_view>
#include <utility>

namespace certconnector::control {

ErrorCode error_code(RequestErrc errc) {
  switch (errc) {
    case RequestErrc::unknown_command:
      return {"control", "unknown_command"};
    case RequestErrc::bad_value:
      return {"control", "bad_value"};
    case RequestErrc::no_such_job:
      return {"control", "no_such_job"};
    case RequestErrc::ambiguous_job:
      return {"control", "ambiguous_job"};
    case RequestErrc::no_such_ca:
      return {"control", "no_such_ca"};
    case RequestErrc::ca_not_set_up:
      return {"control", "ca_not_set_up"};
    case RequestErrc::ca_unusable:
      return {"control", "ca_unusable"};
    case RequestErrc::no_such_service:
      return {"control", "no_such_service"};
    case RequestErrc::no_such_enrollment:
      return {"control", "no_such_enrollment"};
    case RequestErrc::no_such_certificate:
      return {"control", "no_such_certificate"};
    case RequestErrc::not_revoked:
      return {"control", "not_revoked"};
    case RequestErrc::not_enrolled:
      return {"control", "not_enrolled"};
    case RequestErrc::internal:
      return {"control", "internal"};
  }
  return {"control", "unknown"};
}

Error bad_value(std::string message) {
  return {RequestErrc::bad_value, ErrorKind::permanent, std::move(message)};
}

std::string remedy_for(const Error& error) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kRemedies{{
      {"unknown_command",
       "The running agent is of another version than this CLI: restart it with `systemctl "
       "restart certconnectord`"},
      {"unsupported_version",
       "The running agent is of another version than this CLI: restart it with `systemctl "
       "restart certconnectord`"},
      {"bad_message", "Use the certconnector of the agent's version"},
      {"bad_arguments", "Use the certconnector of the agent's version"},
      {"bad_value", "See the command's --help"},
      {"no_such_job",
       "`certconnector jobs list` shows the known jobs; the agent removes finished ones after the "
       "[queue] retention time"},
      {"ambiguous_job",
       "Add --instance NAME or --source NAME; `certconnector jobs show ID` lists them"},
      {"no_such_ca", "`certconnector ca list` shows the CAs; a new one needs a [ca.NAME] section"},
      {"ca_not_set_up",
       "Make it with `certconnector ca create NAME --root --subject \"CN=Example CA\"` (or "
       "--subordinate), or import it with `certconnector ca import NAME --certificate FILE --key "
       "FILE`"},
      {"ca_unusable",
       "Repair it, then: `certconnector ca test NAME` (or `systemctl reload certconnectord`)"},
      {"unknown_service", "Name the part after the dot of a [scep.NAME] section"},
      {"no_one_time_service",
       "Set challenge = one-time in its section, then `systemctl reload certconnectord`"},
      {"unknown_template", "`certconnector ca list` shows the templates of each CA"},
      {"bad_subject", "Write it in the form of RFC 4514, such as \"CN=Phone 7,O=Example\""},
      {"too_many_challenges",
       "`certconnector challenge list` shows them; withdraw one with `certconnector challenge "
       "revoke ID`, or raise password_max in the service's section"},
      {"no_such_challenge",
       "`certconnector challenge list` shows them; a signed challenge is named KEY:ID, as the "
       "agent's log and its jobs name it"},
      {"no_such_service",
       "`certconnector scep list` shows the services; a new one needs a [scep.NAME] section"},
      {"no_such_enrollment",
       "The agent records only SCEP requests that reached it: check the device's SCEP address, "
       "and the agent's log with `journalctl -u certconnectord`"},
      {"no_such_certificate",
       "`certconnector certs list` shows what was issued within the [queue] retention time; an "
       "embedded CA forgets a certificate after its expiry"},
      {"not_revoked", "`certconnector jobs explain JOB` tells more"},
      {"not_enrolled", "Run `certconnector enroll -` with an enrollment token"},
      {"internal", "Look into the agent's log: `journalctl -u certconnectord`"},
  }};
  for (const auto& [name, remedy] : kRemedies) {
    if (error.code().name == name) return std::string(remedy);
  }
  switch (error.kind()) {
    case ErrorKind::transient:
      return "Try again later; `certconnector health` tells what is wrong now";
    case ErrorKind::corrupt:
      return "Stop the agent and restore a backup: `certconnector restore DIR`";
    case ErrorKind::denied:
    case ErrorKind::permanent:
      break;
  }
  return "Do as the message says; `certconnector health` tells what else is wrong";
}

}  // namespace certconnector::control
