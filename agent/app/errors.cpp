#include "agent/app/errors.h"

#include <string>

#include "agent/platform/words.h"

namespace certconnector::app {
namespace {

std::string_view start_the_service() {
  static const std::string words = "Start the service: " + platform::service_commands().start +
                                   "; without a service, run it as that user";
  return words;
}

}  // namespace

ErrorCode error_code(AppErrc errc) {
  switch (errc) {
    case AppErrc::not_enrolled:
      return {"app", "not_enrolled", "Run `certconnector enroll -` with an onboarding token"};
    case AppErrc::already_enrolled:
      return {"app", "already_enrolled"};
    case AppErrc::not_renewable:
      return {"app", "not_renewable"};
    case AppErrc::no_system_proxy:
      return {"app", "no_system_proxy"};
    case AppErrc::bad_identity:
      return {"app", "bad_identity"};
    case AppErrc::unknown_ca:
      return {"app", "unknown_ca"};
    case AppErrc::not_set_up:
      return {"app", "not_set_up"};
    case AppErrc::unusable_ca:
      return {"app", "ca_unusable",
              "Repair it, then: `certconnector ca test NAME` (or `certconnector reload`)"};
    case AppErrc::shared_ca:
      return {"app", "shared_ca"};
    case AppErrc::no_set_up:
      return {"app", "no_set_up"};
    case AppErrc::no_crl:
      return {"app", "no_crl"};
    case AppErrc::unusable_crl:
      return {"app", "unusable_crl"};
    case AppErrc::bad_backup:
      return {"app", "bad_backup"};
    case AppErrc::would_overwrite:
      return {"app", "would_overwrite"};
    case AppErrc::unknown_service:
      return {"app", "unknown_service", "Name the part after the dot of a [scep.NAME] section"};
    case AppErrc::no_one_time_service:
      return {"app", "no_one_time_service",
              "Set challenge = one-time in its section, then `certconnector reload`"};
    case AppErrc::unknown_template:
      return {"app", "unknown_template", "`certconnector ca list` shows the templates of each CA"};
    case AppErrc::bad_subject:
      return {"app", "bad_subject",
              "Write it in the form of RFC 4514, such as \"CN=Phone 7,O=Example\""};
    case AppErrc::unissuable_name:
      return {"app", "unissuable_name", "Correct the name; a device that asks for it is denied"};
    case AppErrc::bad_validity:
      return {"app", "bad_validity"};
    case AppErrc::too_many_challenges:
      return {"app", "too_many_challenges",
              "`certconnector challenge list` shows them; withdraw one with `certconnector "
              "challenge revoke ID`, or raise password_max in the service's section"};
    case AppErrc::no_such_challenge:
      return {"app", "no_such_challenge",
              "`certconnector challenge list` shows them; a signed challenge is named KEY:ID, as "
              "the agent's log and its jobs name it"};
    case AppErrc::low_port:
      return {"app", "low_port", platform::how_to_open_low_ports()};
    case AppErrc::no_listener:
      return {"app", "no_listener"};
    case AppErrc::no_challenge:
      return {"app", "no_challenge"};
    case AppErrc::job_gone:
      return {"app", "job_gone"};
    case AppErrc::past_missing:
      return {"app", "past_missing",
              "Give the CA's last CRL with --crl FILE, or an index of `openssl ca` with --issued "
              "FILE. If the CA never revoked a certificate: --no-revocations"};
    case AppErrc::bad_upload:
      return {"app", "bad_upload", "Run the command again, and no other one of its kind meanwhile"};
    case AppErrc::no_database:
      return {"app", "no_database"};
    case AppErrc::half_restored:
      return {"app", "half_restored"};
    case AppErrc::loss_not_accepted:
      return {"app", "loss_not_accepted"};
    case AppErrc::no_room:
      return {"app", "no_room"};
    case AppErrc::no_folder:
      return {"app", "no_folder"};
    case AppErrc::foreign_file:
      return {"app", "foreign_file"};
    case AppErrc::not_for_root:
      return {"app", "not_for_root", start_the_service()};
    case AppErrc::stopping:
      return {"app", "stopping"};
    case AppErrc::reload_unfinished:
      return {"app", "reload_unfinished"};
    case AppErrc::clock_wrong:
      return {"app", "clock_wrong",
              "`certconnector health` says what contradicts the clock, and what to do"};
  }
  return {"app", "unknown"};
}

}  // namespace certconnector::app
