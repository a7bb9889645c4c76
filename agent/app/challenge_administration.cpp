#include "agent/app/challenge_administration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/app/errors.h"
#include "agent/config/units.h"
#include "agent/core/security_identifier.h"
#include "agent/enrollment/one_time_password.h"
#include "common/crypto/issuable_name.h"
#include "common/crypto/name.h"
#include "proto/challenge/claims.h"

namespace certconnector::app {
namespace {

constexpr std::chrono::minutes kShortestValidity{1};
constexpr std::size_t kMaxChallengeId = 128;
// The agent does not know when a signed challenge ends. Twice the longest validity is enough, also
// for one that begins later.
constexpr std::chrono::hours kRememberSigned = 2 * challenge::kMaxLifetime;

Error refuse(AppErrc errc, std::string message) {
  return {errc, ErrorKind::permanent, std::move(message)};
}

Result<const config::ScepSettings*> find_service(const config::Settings& settings,
                                                 const std::string& name) {
  std::string known;
  for (const config::ScepSettings& scep : settings.scep) {
    if (scep.name == name) return &scep;
    known += (known.empty() ? "" : ", ") + scep.name;
  }
  return refuse(AppErrc::unknown_service,
                "the configuration has no [scep." + name + "]" +
                    (known.empty() ? "; it has no SCEP service" : "; it has: " + known));
}

// A service may name templates of another CA, such as those of an NDES.
bool is_own_template(const config::ScepSettings& scep, const std::string& name) {
  const std::array<const std::string*, 4> own{&scep.template_name, &scep.signature_template,
                                              &scep.encryption_template, &scep.general_template};
  return !name.empty() &&
         std::any_of(own.begin(), own.end(), [&](const std::string* one) { return *one == name; });
}

Status check_template(const config::Settings& settings, const config::ScepSettings& scep,
                      const std::string& name) {
  if (is_own_template(scep, name)) return {};
  const auto serves = [&](const config::TemplateSettings& one) {
    return one.name == name && (one.ca.empty() || one.ca == scep.ca);
  };
  if (std::any_of(settings.templates.begin(), settings.templates.end(), serves)) return {};
  return refuse(AppErrc::unknown_template, "the CA " + scep.ca + " has no template '" + name + "'");
}

Status check_names(const control::NewChallenge& wanted) {
  if (!wanted.subject && !wanted.subject_alt_names.empty()) {
    return refuse(AppErrc::bad_subject,
                  "subject alternative names are only compared beside a subject; give --subject as "
                  "well, which may be empty");
  }
  for (const crypto::GeneralName& name : wanted.subject_alt_names) {
    if (name.kind != crypto::GeneralNameKind::uri || !core::sid_of_uri(name.value)) continue;
    return refuse(
        AppErrc::bad_subject,
        "a challenge password gives no security identifier; use a signed challenge, which "
        "carries it as its sid");
  }
  return {};
}

// A challenge for a name that nobody is issued would be refused at the device only.
Status check_issuable(const crypto::DistinguishedName& subject,
                      const std::vector<crypto::GeneralName>& names) {
  const auto issuable = crypto::issuable_name(crypto::encode_name(subject));
  if (!issuable.ok()) {
    return refuse(AppErrc::unissuable_name, "the subject's " + issuable.error().message());
  }
  if (names.empty()) return {};
  CC_TRY_ASSIGN(const Bytes der, crypto::encode_general_names(names));
  const auto alternative = crypto::issuable_alternative_names(der, {});
  if (alternative.ok()) return {};
  return refuse(AppErrc::unissuable_name, "the alternative name " + alternative.error().message());
}

Status check_wishes(const config::Settings& settings, const config::ScepSettings& scep,
                    const control::NewChallenge& wanted) {
  if (scep.challenge != config::ScepChallenge::one_time) {
    return refuse(AppErrc::no_one_time_service,
                  "the SCEP service " + scep.name + " does not take one-time passwords");
  }
  if (wanted.template_name) CC_TRY(check_template(settings, scep, *wanted.template_name));
  if (wanted.subject) {
    const auto name = crypto::parse_rfc4514(*wanted.subject);
    if (!name.ok()) {
      return refuse(AppErrc::bad_subject,
                    "the subject is no name of RFC 4514: " + name.error().message());
    }
    CC_TRY(check_issuable(*name, wanted.subject_alt_names));
  }
  CC_TRY(check_names(wanted));
  const Duration valid_for = wanted.valid_for.value_or(scep.password_validity);
  if (valid_for >= kShortestValidity && valid_for <= config::kLongestPasswordValidity) return {};
  return refuse(AppErrc::bad_validity,
                "a challenge password is valid for " + config::format_duration(kShortestValidity) +
                    " to " + config::format_duration(config::kLongestPasswordValidity));
}

Error too_many(const config::ScepSettings& scep) {
  return refuse(AppErrc::too_many_challenges,
                "the SCEP service " + scep.name + " has " + std::to_string(scep.password_max) +
                    " open challenge passwords already, as many as password_max allows");
}

// The form of a challenge id of any kind.
bool is_challenge_id(const std::string& id) {
  return !id.empty() && id.size() <= kMaxChallengeId &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '.' || c == '_' || c == ':' || c == '-';
         });
}

// "KEY:ID", the id of a signed challenge.
bool names_key(const std::string& id) {
  const std::size_t colon = id.find(':');
  return colon != std::string::npos && colon > 0 && colon + 1 < id.size();
}

// The endpoint chooses the ids of its challenges freely.
bool asks_endpoint(const config::Settings& settings) {
  return std::any_of(settings.scep.begin(), settings.scep.end(), [](const auto& scep) {
    return scep.challenge == config::ScepChallenge::asked_of_endpoint;
  });
}

}  // namespace

ChallengeAdministration::ChallengeAdministration(core::ChallengeLedger& ledger,
                                                 std::function<config::Settings()> settings,
                                                 const Clock& clock, log::Logger& logger)
    : ledger_(ledger), settings_(std::move(settings)), clock_(clock), logger_(logger) {}

Result<control::MadeChallenge> ChallengeAdministration::make_challenge(
    const control::NewChallenge& wanted, const std::string& who) {
  const config::Settings settings = settings_();
  CC_TRY_ASSIGN(const config::ScepSettings* scep, find_service(settings, wanted.service));
  CC_TRY(check_wishes(settings, *scep, wanted));
  auto made = enrollment::make_one_time_password(scep->password_length);
  core::PasswordChallenge challenge;
  challenge.id = made.id;
  challenge.service = scep->name;
  challenge.device = wanted.device;
  challenge.template_name = wanted.template_name;
  challenge.subject = wanted.subject;
  challenge.subject_alt_names = wanted.subject_alt_names;
  challenge.made_by = who;
  challenge.made_at = clock_.wall();
  challenge.valid_until = challenge.made_at + wanted.valid_for.value_or(scep->password_validity);
  CC_TRY_ASSIGN(const auto added, ledger_.add(challenge, enrollment::password_digest(made.password),
                                              scep->password_max));
  if (added == core::PasswordAdded::too_many_open) return too_many(*scep);
  logger_.info("challenge.made", "A challenge password was made.",
               {{"challenge", challenge.id},
                {"service", challenge.service},
                {"device", challenge.device},
                {"who", who}});
  return control::MadeChallenge{std::move(made.id), std::move(made.password),
                                challenge.valid_until};
}

Result<control::ChallengeList> ChallengeAdministration::challenges(
    const std::optional<std::string>& service) {
  if (service) CC_TRY(find_service(settings_(), *service));
  control::ChallengeList list;
  CC_TRY_ASSIGN(list.passwords, ledger_.list(service, clock_.wall()));
  if (service) return list;
  CC_TRY_ASSIGN(list.revoked, ledger_.revocations());
  return list;
}

Result<std::optional<core::ChallengeState>> ChallengeAdministration::revoke_challenge(
    const std::string& id, const std::string& who) {
  const Timestamp now = clock_.wall();
  CC_TRY_ASSIGN(const auto before, ledger_.revoke_password(id, who, now));
  if (!before) {
    if (!is_challenge_id(id) || (!names_key(id) && !asks_endpoint(settings_()))) {
      return refuse(AppErrc::no_such_challenge, "there is no challenge '" + id + "'");
    }
    CC_TRY(ledger_.revoke({id, now, who, now + kRememberSigned}));
  }
  logger_.info("challenge.revoked", "A person has withdrawn a challenge.",
               {{"challenge", id}, {"who", who}});
  return before;
}

}  // namespace certconnector::app
