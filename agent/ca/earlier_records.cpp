#include "agent/ca/earlier_records.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "common/crypto/crl.h"
#include "common/crypto/crl_addresses.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {

using core::EarlierTaken;

namespace {

// Saves the entries of a CRL in the store, in batches.
class CrlIntake {
 public:
  CrlIntake(core::CertificateStore& store, core::CaFingerprint ca, EarlierTaken& taken)
      : store_(store), ca_(std::move(ca)), taken_(taken) {}

  Status add(const crypto::CrlEntry& entry) {
    core::EarlierRevocation revocation;
    revocation.revocation = revocation_of(entry);
    if (!entry.serial || entry.serial->empty()) {
      ++unusable_;
      return {};
    }
    if (revocation.revocation.reason == core::RevocationReason::remove_from_crl) {
      ++lifted_;
      return {};
    }
    revocation.serial = entry.serial->to_bytes();
    batch_.push_back(std::move(revocation));
    return batch_.size() < kEarlierBatch ? Status() : save();
  }

  Status save() {
    if (batch_.empty()) return {};
    CC_TRY_ASSIGN(const auto saved, store_.record_earlier(ca_, batch_));
    taken_.added += saved.added;
    taken_.known += saved.known;
    batch_.clear();
    return {};
  }

  void say_what_is_left_out() {
    if (lifted_ != 0) {
      taken_.notes.push_back(std::to_string(lifted_) +
                             " entries lift a hold (removeFromCRL) and revoke nothing");
    }
    if (unusable_ != 0) {
      taken_.notes.push_back(std::to_string(unusable_) +
                             " entries have a serial number that is zero or negative, which RFC "
                             "5280 forbids; the agent cannot revoke these certificates");
    }
  }

 private:
  core::CertificateStore& store_;
  const core::CaFingerprint ca_;
  EarlierTaken& taken_;
  std::vector<core::EarlierRevocation> batch_;
  std::uint64_t lifted_ = 0;
  std::uint64_t unusable_ = 0;
};

void say_what_it_is(const crypto::Crl& crl, Timestamp now, EarlierTaken& taken) {
  if (crl.next_update && *crl.next_update < now) {
    taken.notes.push_back("the CRL expired on " + to_rfc3339(*crl.next_update) +
                          "; revocations after " + to_rfc3339(crl.this_update) +
                          " are not in it. Give a newer one if there is one");
  }
  if (crl.scope) {
    taken.notes.emplace_back(
        "the CRL names an issuing distribution point and may show a part of the revocations; give "
        "the CRLs of the CA's other distribution points as well");
  }
}

Status use_up_number(const crypto::Crl& crl, const core::CaFingerprint& ca,
                     core::CertificateStore& store, EarlierTaken& taken) {
  if (!crl.number) return {};
  const auto number = small_number(*crl.number);
  if (number) return store.raise_crl_number(ca, *number);
  taken.notes.push_back("the CRL number 0x" + text::to_hex(*crl.number) +
                        " is larger than the agent can count; its CRL numbers are smaller");
  return {};
}

void add_addresses(const crypto::Certificate& certificate, EarlierTaken& taken) {
  for (std::string& address : crypto::crl_addresses(certificate.der())) {
    auto& all = taken.crl_addresses;
    constexpr std::size_t kMost = 20;
    if (all.size() < kMost && std::find(all.begin(), all.end(), address) == all.end()) {
      all.push_back(std::move(address));
    }
  }
}

// Why the store cannot take it as a certificate of this CA; empty: it can.
std::string why_not(const crypto::Certificate& certificate, const crypto::Certificate& ca) {
  if (!certificate.issued_by(ca)) {
    if (certificate.issuer() == ca.subject()) {
      return "issued by a CA of the name " + ca.subject_text() + ", but with another key";
    }
    return "not issued by " + ca.subject_text() + ", but by " + certificate.issuer_text();
  }
  if (!core::is_serial_number(certificate.serial())) return "its serial number is not a valid one";
  return {};
}

}  // namespace

std::optional<std::uint64_t> small_number(ByteView magnitude) {
  constexpr unsigned kOctet = 8;
  std::uint64_t number = 0;
  if (magnitude.size() > sizeof(number)) return std::nullopt;
  for (const std::uint8_t octet : magnitude) number = (number << kOctet) | octet;
  const auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return number < largest ? std::make_optional(number) : std::nullopt;
}

core::RevocationRecord revocation_of(const crypto::CrlEntry& entry) {
  constexpr std::uint64_t kLast = 10;
  const std::uint64_t number = std::min(entry.reason, kLast + 1);
  const auto reason = core::revocation_reason(static_cast<std::int64_t>(number));
  return {entry.at, reason.value_or(core::RevocationReason::unspecified), entry.invalidity_date};
}

core::CaKeyId ca_key_id(const crypto::Certificate& ca) {
  Bytes both = ca.subject();
  const Bytes& key = ca.public_key_info();
  both.insert(both.end(), key.begin(), key.end());
  return crypto::sha256(both);
}

core::CaFingerprint fingerprint_of(const crypto::Certificate& ca) {
  return text::to_hex(crypto::view(ca.sha256()));
}

Status name_new_certificate(core::CertificateStore& store, const crypto::Certificate& ca) {
  const core::CaFingerprint fingerprint = fingerprint_of(ca);
  CC_TRY_ASSIGN(const bool known, store.knows_ca(fingerprint));
  return known ? Status() : store.name_ca(fingerprint, ca_key_id(ca));
}

core::CertificateEntry earlier_entry(const crypto::Certificate& certificate) {
  return core::entry_without_job(
      {certificate.der(), certificate.serial(), certificate.not_before(), certificate.not_after()});
}

Result<EarlierTaken> take_crl(const crypto::Certificate& ca, ByteView crl,
                              core::CertificateStore& store, Timestamp now) {
  CC_TRY_ASSIGN(const crypto::Crl parsed, crypto::parse_crl(crl));
  CC_TRY(crypto::verify_crl(parsed, ca));
  CC_TRY(crypto::for_each_entry(parsed, [](const auto& /*entry*/) { return Status(); }));
  EarlierTaken taken;
  const core::CaFingerprint fingerprint = fingerprint_of(ca);
  CrlIntake intake(store, fingerprint, taken);
  CC_TRY(crypto::for_each_entry(parsed, [&](const auto& entry) { return intake.add(entry); }));
  CC_TRY(intake.save());
  say_what_it_is(parsed, now, taken);
  intake.say_what_is_left_out();
  CC_TRY(use_up_number(parsed, fingerprint, store, taken));
  return taken;
}

Result<EarlierTaken> take_certificates(const crypto::Certificate& ca,
                                       const std::vector<Bytes>& certificates,
                                       core::CertificateStore& store, Timestamp now) {
  EarlierTaken taken;
  std::vector<core::CertificateEntry> entries;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const auto certificate = crypto::Certificate::from_der(certificates[i]);
    if (certificate.ok() && certificate->der() == ca.der()) {
      ++taken.known;  // the CA itself
      continue;
    }
    std::string why = certificate.ok() ? why_not(*certificate, ca) : certificate.error().message();
    if (!why.empty()) {
      taken.refused.push_back({i, std::move(why)});
      continue;
    }
    add_addresses(*certificate, taken);
    if (certificate->not_after() < now) {
      ++taken.expired;
      continue;
    }
    entries.push_back(earlier_entry(*certificate));
    places.push_back(i);
  }
  if (entries.empty()) return taken;
  CC_TRY_ASSIGN(const auto answers, store.record_earlier(fingerprint_of(ca), entries, now));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] == core::EarlierCertificate::added) ++taken.added;
    if (answers[i] == core::EarlierCertificate::known) ++taken.known;
    if (answers[i] != core::EarlierCertificate::other) continue;
    taken.refused.push_back({places[i], "another certificate of the CA has its serial number"});
  }
  return taken;
}

Result<EarlierTaken> take_revocations(const crypto::Certificate& ca,
                                      const std::vector<core::EarlierRevocation>& revocations,
                                      core::CertificateStore& store) {
  EarlierTaken taken;
  CC_TRY_ASSIGN(const auto saved, store.record_earlier(fingerprint_of(ca), revocations));
  taken.added = saved.added;
  taken.known = saved.known;
  return taken;
}

}  // namespace certconnector::ca
