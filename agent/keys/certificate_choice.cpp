#include "agent/keys/certificate_choice.h"

#include <array>
#include <utility>

#include "agent/keys/errors.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/certificate_template.h"
#include "common/crypto/name.h"
#include "common/crypto/name_matching.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::keys {
namespace {

constexpr std::size_t kThumbprintDigits = 40;

Error malformed(std::string_view text) {
  return {
      KeysErrc::malformed, ErrorKind::permanent,
      "must be thumbprint: and the 40 hex digits that Windows shows, template: and a name or an "
      "object identifier, or subject: and a name such as CN=agent,O=Corp; not \"" +
          std::string(text) + "\""};
}

// Windows shows blanks between the octets, and copies an invisible character before them.
std::string hex_digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= 'A' && c <= 'F') digits += static_cast<char>(c - 'A' + 'a');
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) digits += c;
  }
  return digits;
}

bool is_of_template(const crypto::Certificate& certificate, const std::string& wanted) {
  const auto fields = crypto::parse_certificate_fields(certificate.der());
  if (!fields.ok()) return false;
  const auto found = crypto::certificate_template(*fields);
  return found.ok() && !wanted.empty() && (found->name == wanted || found->oid == wanted);
}

bool has_subject(const crypto::Certificate& certificate, const std::string& wanted) {
  const auto name = crypto::parse_rfc4514(wanted);
  const auto subject = crypto::parse_name(certificate.subject());
  return name.ok() && subject.ok() && crypto::same_name(*name, *subject);
}

bool is_wanted(const crypto::Certificate& certificate, const CertificateWanted& wanted) {
  switch (wanted.by) {
    case ChosenBy::thumbprint: {
      const crypto::Sha1 digest = certificate.sha1();
      return text::to_hex({digest.data(), digest.size()}) == wanted.text;
    }
    case ChosenBy::certificate_template:
      return is_of_template(certificate, wanted.text);
    case ChosenBy::subject:
      return has_subject(certificate, wanted.text);
  }
  return false;
}

std::string words_for(const CertificateWanted& wanted) {
  switch (wanted.by) {
    case ChosenBy::thumbprint:
      return "the thumbprint " + wanted.text;
    case ChosenBy::certificate_template:
      return "the template " + wanted.text;
    case ChosenBy::subject:
      return "the subject " + wanted.text;
  }
  return {};
}

constexpr const char* kHowToEnroll =
    "; enroll one there (certlm.msc, Personal, All Tasks, or by auto-enrollment: certutil -pulse)";

Error not_found(const CertificateWanted& wanted, const crypto::Certificate* not_valid) {
  std::string message = "the machine's store has no certificate with " + words_for(wanted);
  if (not_valid != nullptr) {
    message += " that is valid now: the last one is valid from " +
               to_rfc3339(not_valid->not_before()) + " to " + to_rfc3339(not_valid->not_after());
  }
  return {KeysErrc::not_found, ErrorKind::permanent, message + kHowToEnroll};
}

Error without_key(const crypto::Certificate& certificate) {
  const crypto::Sha1 digest = certificate.sha1();
  return {KeysErrc::no_key, ErrorKind::permanent,
          "the certificate " + certificate.subject_text() +
              " has no private key in the machine's store; import it with its key (a PFX file), or "
              "where the key is there: certutil -repairstore my " +
              text::to_hex({digest.data(), digest.size()})};
}

// Of two certificates the one that began last; `other` may be null.
const StoredCertificate* newer(const StoredCertificate* one, const StoredCertificate* other) {
  if (other == nullptr) return one;
  return one->certificate.not_before() > other->certificate.not_before() ? one : other;
}

}  // namespace

Result<CertificateWanted> parse_certificate_wanted(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, ChosenBy>, 3> kWays{
      {{"thumbprint:", ChosenBy::thumbprint},
       {"template:", ChosenBy::certificate_template},
       {"subject:", ChosenBy::subject}}};
  for (const auto& [prefix, by] : kWays) {
    if (text.substr(0, prefix.size()) != prefix) continue;
    CertificateWanted wanted{by, std::string(text.substr(prefix.size()))};
    if (by == ChosenBy::thumbprint) wanted.text = hex_digits(wanted.text);
    const bool good = by == ChosenBy::thumbprint ? wanted.text.size() == kThumbprintDigits
                      : by == ChosenBy::subject
                          ? crypto::parse_rfc4514(wanted.text).ok() && !wanted.text.empty()
                          : !wanted.text.empty();
    if (!good) return malformed(text);
    return wanted;
  }
  return malformed(text);
}

std::string to_text(const CertificateWanted& wanted) {
  switch (wanted.by) {
    case ChosenBy::thumbprint:
      return "thumbprint:" + wanted.text;
    case ChosenBy::certificate_template:
      return "template:" + wanted.text;
    case ChosenBy::subject:
      return "subject:" + wanted.text;
  }
  return {};
}

Result<std::size_t> choose_certificate(const std::vector<StoredCertificate>& all,
                                       const CertificateWanted& wanted, Timestamp now) {
  const StoredCertificate* chosen = nullptr;
  const StoredCertificate* keyless = nullptr;
  const crypto::Certificate* not_valid = nullptr;
  for (const StoredCertificate& one : all) {
    const crypto::Certificate& certificate = one.certificate;
    if (!is_wanted(certificate, wanted)) continue;
    if (now < certificate.not_before() || now > certificate.not_after()) {
      if (not_valid == nullptr || not_valid->not_after() < certificate.not_after()) {
        not_valid = &certificate;
      }
      continue;
    }
    const StoredCertificate*& best = one.has_key ? chosen : keyless;
    best = newer(&one, best);
  }
  if (chosen != nullptr) return static_cast<std::size_t>(chosen - all.data());
  if (keyless != nullptr) return without_key(keyless->certificate);
  return not_found(wanted, not_valid);
}

}  // namespace certconnector::keys
