#include "agent/control/challenge_commands.h"

#include <algorithm>
#include <utility>

#include "agent/control/request_errors.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

constexpr std::size_t kMaxDeviceName = 128;
constexpr std::size_t kMaxNames = 50;
constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kShownName = 256;
constexpr std::int64_t kMaxValidSeconds = std::int64_t{366} * 24 * 3600;

// The text goes into tables and logs.
bool is_device_name(const std::string& text) {
  return text.size() <= kMaxDeviceName &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

Result<std::vector<crypto::GeneralName>> names_of(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxNames) return bad_value("a challenge password has at most 50 names");
  std::vector<crypto::GeneralName> names;
  for (const std::string& text : texts) {
    auto name = crypto::general_name_from_text(text);
    if (text.size() > kMaxName || !name.ok()) {
      return bad_value("'" + text.substr(0, kShownName) +
                       "' is no subject alternative name such as dns:phone.example: " +
                       (name.ok() ? "it is too long" : name.error().message()));
    }
    names.push_back(std::move(*name));
  }
  return names;
}

std::vector<std::string> texts_of(const std::vector<crypto::GeneralName>& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const crypto::GeneralName& name : names) texts.push_back(crypto::to_text(name));
  return texts;
}

wire::Challenge challenge_to_wire(const core::PasswordRecord& record) {
  const core::PasswordChallenge& c = record.challenge;
  return {c.id,
          c.service,
          std::string(core::to_string(record.state)),
          c.device,
          c.template_name.value_or(""),
          c.subject.value_or(""),
          texts_of(c.subject_alt_names),
          c.made_by,
          c.made_at,
          c.valid_until,
          record.revoked_at,
          record.revoked_by};
}

}  // namespace

Result<wire::ChallengeNewResult> new_challenge(const wire::ChallengeNewArguments& arguments,
                                               ChallengeOperations& challenges,
                                               const Caller& caller) {
  if (!is_device_name(arguments.device)) {
    return bad_value("a device's name has at most 128 octets and no control characters");
  }
  CC_TRY_ASSIGN(auto names, names_of(arguments.subject_alt_names));
  NewChallenge wanted{
      arguments.service, arguments.device, arguments.template_name, arguments.subject, {},
      std::move(names)};
  if (const auto seconds = arguments.valid_seconds) {
    if (*seconds < 1 || *seconds > kMaxValidSeconds) {
      return bad_value("a challenge password is valid for 1m to 30d");
    }
    wanted.valid_for = std::chrono::seconds(*seconds);
  }
  CC_TRY_ASSIGN(const MadeChallenge made, challenges.make_challenge(wanted, caller.name));
  return wire::ChallengeNewResult{made.id, made.password, arguments.service, made.valid_until};
}

Result<wire::ChallengesListResult> list_challenges(const wire::ChallengesListArguments& arguments,
                                                   ChallengeOperations& challenges) {
  CC_TRY_ASSIGN(const ChallengeList list, challenges.challenges(arguments.service));
  wire::ChallengesListResult result;
  for (const auto& record : list.passwords) result.challenges.push_back(challenge_to_wire(record));
  for (const auto& one : list.revoked) {
    result.revoked.push_back({one.id, one.revoked_at, one.revoked_by});
  }
  return result;
}

Result<wire::ChallengeRevokedResult> revoke_challenge(const wire::ChallengeArguments& arguments,
                                                      ChallengeOperations& challenges,
                                                      const Caller& caller) {
  CC_TRY_ASSIGN(const auto before, challenges.revoke_challenge(arguments.id, caller.name));
  return wire::ChallengeRevokedResult{arguments.id,
                                      before ? std::string(core::to_string(*before)) : ""};
}

}  // namespace certconnector::control
