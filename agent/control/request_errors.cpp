#include "agent/control/request_errors.h"

#include <algorithm>
#include <utility>

#include "agent/platform/words.h"
#include "proto/control/messages.h"

namespace certconnector::control {
namespace {

std::string_view restart_the_agent() {
  static const std::string words =
      "The running agent is of another version than this CLI: restart it with `" +
      platform::service_commands().restart + "`";
  return words;
}

std::string_view look_for_the_enrollment() {
  static const std::string words =
      "The agent records only SCEP requests that it decided. One that it put off with 503 is in "
      "its log, with its transaction: `" +
      platform::service_commands().whole_log +
      "`. One that is not there did not arrive: check the device's SCEP address";
  return words;
}

std::string_view look_into_the_log() {
  static const std::string words =
      "Look into the agent's log: `" + platform::service_commands().log + "`";
  return words;
}

}  // namespace

ErrorCode error_code(RequestErrc errc) {
  switch (errc) {
    case RequestErrc::unknown_command:
      return {"control", "unknown_command", restart_the_agent()};
    case RequestErrc::bad_value:
      return {"control", "bad_value", "Correct the value that the message names"};
    case RequestErrc::no_such_job:
      return {"control", "no_such_job",
              "`certconnector jobs list` shows the known jobs; the agent removes finished ones "
              "after the [queue] retention time"};
    case RequestErrc::ambiguous_job:
      return {"control", "ambiguous_job",
              "Add --instance NAME or --source NAME; `certconnector jobs show ID` lists them"};
    case RequestErrc::ambiguous_id:
      return {"control", "ambiguous_id", "Give more characters of the id"};
    case RequestErrc::no_such_ca:
      return {"control", "no_such_ca",
              "`certconnector ca list` shows the CAs; a new one needs a [ca.NAME] section"};
    case RequestErrc::ca_not_set_up:
      return {"control", "ca_not_set_up",
              "Make it with `certconnector ca create NAME --root --subject \"CN=Example CA\"` (or "
              "--subordinate), or import it with `certconnector ca import NAME --certificate FILE "
              "--key FILE --crl FILE`"};
    case RequestErrc::ca_unusable:
      return {"control", "ca_unusable",
              "Repair it, then: `certconnector ca test NAME` (or `certconnector reload`)"};
    case RequestErrc::no_such_service:
      return {
          "control", "no_such_service",
          "`certconnector scep list` shows the services; a new one needs a [scep.NAME] section"};
    case RequestErrc::no_such_enrollment:
      return {"control", "no_such_enrollment", look_for_the_enrollment()};
    case RequestErrc::no_such_certificate:
      return {"control", "no_such_certificate",
              "`certconnector certs list` shows the certificates that the agent knows; it forgets "
              "one some time after its end"};
    case RequestErrc::not_revoked:
      return {"control", "not_revoked", "`certconnector jobs explain JOB` tells more"};
    case RequestErrc::not_enrolled:
      return {"control", "not_enrolled", "Run `certconnector enroll -` with an onboarding token"};
    case RequestErrc::at_rest:
      return {"control", "at_rest", "The agent goes on by itself when that is mended"};
    case RequestErrc::internal:
      return {"control", "internal", look_into_the_log()};
  }
  return {"control", "unknown"};
}

Error bad_value(std::string message) {
  return {RequestErrc::bad_value, ErrorKind::permanent, std::move(message)};
}

Error ambiguous_id(const std::string& what, const std::vector<std::string>& ids) {
  std::string text = "several " + what + ": ";
  const std::size_t count = std::min(ids.size(), control_proto::kMaxIdsListed);
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + ids[i];
  if (ids.size() > count) text += " and more";
  return {RequestErrc::ambiguous_id, ErrorKind::permanent, std::move(text)};
}

std::string too_short_in_words(const std::string& id) {
  if (id.size() >= control_proto::kShortestId) return {};
  return "; the beginning of an id needs at least " + std::to_string(control_proto::kShortestId) +
         " characters";
}

std::string remedy_for(const Error& error) {
  if (!error.code().remedy.empty()) return std::string(error.code().remedy);
  switch (error.kind()) {
    case ErrorKind::transient:
      return "Try again later; `certconnector health` tells what is wrong now";
    case ErrorKind::corrupt:
      return "Stop the agent and save what can be read: `" +
             platform::service_commands().agent_as_its_user +
             " --salvage`, or restore a backup: `certconnector restore --force DIR`";
    case ErrorKind::denied:
    case ErrorKind::permanent:
      break;
  }
  return "Do as the message says; `certconnector health` tells what else is wrong";
}

}  // namespace certconnector::control
