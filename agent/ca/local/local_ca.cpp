#include "agent/ca/local/local_ca.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/earlier_records.h"
#include "agent/ca/local/extension.h"
#include "agent/ca/local/request_check.h"
#include "agent/ca/local/tbs_certificate.h"
#include "agent/ca/local/validity.h"
#include "agent/core/certificate_rules.h"
#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"
#include "common/crypto/public_key.h"
#include "common/crypto/signature_algorithm.h"
#include "common/crypto/signed_data.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {
namespace {

namespace der = crypto::der;
namespace failure = core::failure;

Bytes key_id_of(const crypto::Certificate& certificate) {
  if (!certificate.subject_key_id().empty()) return certificate.subject_key_id();
  return crypto::view(key_identifier_of(certificate.public_key_info())).to_bytes();
}

std::string both_notes(const std::string& one, const std::string& other) {
  return one.empty() || other.empty() ? one + other : one + "; " + other;
}

core::SubmitAnswer denied(core::Failed reason) { return core::DeniedByCa{std::move(reason)}; }

// Nobody could be given it: the agent, its endpoint and devices do not read larger ones.
core::Failed too_large(std::size_t octets) {
  return core::failed(failure::kRequestTooLarge,
                      "the certificate would have " + std::to_string(octets) + " octets; at most " +
                          std::to_string(crypto::kMaxCertificateSize) +
                          " can be read; ask for fewer or shorter names");
}

// The submit or revoke answer after a failure. Damage is permanent: the agent must stop, not try
// again.
template <typename Answer>
Answer not_done(const Error& error) {
  if (error.kind() == ErrorKind::corrupt) return core::CaDamaged{error};
  return core::CaUnavailable{error.message(), error.retry_after()};
}

Bytes encode_extensions(const CertificateTemplate& issuing, const core::Submission& submission,
                        const AllowedContent& content, ByteView authority_key_id, ByteView serial) {
  constexpr std::size_t kUsualSize = 512;
  const ByteView addresses = issuing.addresses(serial);
  Bytes out;
  out.reserve(kUsualSize + content.subject_alt_name.size() + addresses.size());
  der::Writer writer(out);
  append_key_usage(out, content.key_usage);
  if (content.whole_extended_key_usage) {
    writer.raw(issuing.extended_key_usage());
  } else {
    static_cast<void>(append_extended_key_usage(out, content.extended_key_usage));
  }
  if (!content.subject_alt_name.empty()) {
    append_extension(out, crypto::view(extension_id::kSubjectAltName), content.empty_subject,
                     [&](der::Writer& w) { w.raw(content.subject_alt_name); });
  }
  append_subject_key_id(out, crypto::view(key_identifier(submission.request->public_key_bits())));
  writer.raw(authority_key_id);
  writer.raw(addresses);
  if (submission.sid) {
    append_extension(
        out, crypto::view(extension_id::kSecurityIdentifier), false,
        [&](der::Writer& w) { w.raw(core::encode_security_identifier(*submission.sid)); });
  }
  return out;
}

std::string note_of(const CertificateTemplate& issuing, const AllowedContent& content,
                    const Validity& validity) {
  std::string note;
  if (!content.left_out.empty()) {
    note = "template " + issuing.settings().name + " leaves out " + content.left_out;
  }
  return both_notes(both_notes(note, content.note), validity.note);
}

const std::vector<std::string>& purposes_of(const CertificateTemplate& issuing,
                                            const AllowedContent& content) {
  return content.whole_extended_key_usage ? issuing.settings().extended_key_usage
                                          : content.extended_key_usage;
}

bool is_of(const core::CertificateRecord& record, const crypto::Certificate& certificate) {
  return record.entry.certificate.certificate == certificate.der();
}

core::RevokeAnswer to_answer(const core::RevokeResult& result, Timestamp at) {
  switch (result.change) {
    case core::RevokeChange::revoked:
    case core::RevokeChange::hold_lifted:
      return core::Revoked{result.standing ? result.standing->at : at, false};
    case core::RevokeChange::already_revoked:
      return core::Revoked{result.standing ? result.standing->at : at, true};
    case core::RevokeChange::not_held:
      // A certificate that is neither on hold nor revoked is the wished state: a lift can be
      // repeated when a crash came before its record.
      if (!result.standing) return core::Revoked{at, true};
      return core::DeniedByCa{
          core::failed(failure::kNotOnHold,
                       "the certificate is revoked for good, so there is no hold to lift; have a "
                       "new one issued")};
    case core::RevokeChange::unknown:
      break;
  }
  return core::DeniedByCa{
      core::failed(failure::kCertificateNotFound,
                   "this CA has no such certificate: it was issued by another one, or it has "
                   "expired; check the serial number or thumbprint and the CA of the job")};
}

// A CA that was in use elsewhere may have issued it.
core::RevokeAnswer not_recorded() {
  return core::DeniedByCa{core::failed(
      failure::kCertificateNotFound,
      "the agent has no such certificate, and this CA was in use elsewhere before: name the "
      "certificate by its serial number (1 to 20 octets), which the CA revokes in any case")};
}

}  // namespace

Result<std::shared_ptr<LocalCa>> LocalCa::open(const LocalCaSettings& settings,
                                               const CaBackendParts& parts) {
  CC_TRY_ASSIGN(LocalCaIdentity ca, load_ca_identity(settings, parts.keys));
  CC_TRY(name_new_certificate(parts.certificate_store, ca.certificate));
  IssuerParts issuer;
  issuer.subject = ca.certificate.subject();
  issuer.key_id = key_id_of(ca.certificate);
  append_authority_key_id(issuer.authority_key_id, issuer.key_id);
  CC_TRY_ASSIGN(issuer.signature_algorithm, crypto::signature_algorithm(ca.key));
  // The CA's folder in the state, for its CRL: not there yet where the configuration names a key
  // and a certificate elsewhere.
  CC_TRY(platform::make_folder(platform::parent_path(settings.partition_register)));
  CC_TRY_ASSIGN(auto partitions,
                register_partitions(settings.partition_register, settings.wanted_partitions()));
  CC_TRY_ASSIGN(CaBounds bounds, CaBounds::of(ca.certificate, ca.issuers));
  const std::shared_ptr<LocalCa> made(
      new LocalCa(settings, parts,
                  {std::move(ca), std::move(bounds), std::move(issuer), std::move(partitions)}));
  CC_TRY(made->take_templates(settings));
  for (const std::string& limit : made->bounds_.limits(settings.templates)) {
    parts.log.warning("ca.limited", "The CA's certificate limits it: " + limit,
                      {{"ca", settings.name}});
  }
  CC_TRY(made->crl_.resume());
  return made;
}

LocalCa::LocalCa(const LocalCaSettings& settings, CaBackendParts parts, Opened opened)
    : name_(settings.name),
      parts_(std::move(parts)),
      offered_(settings.templates),
      ca_(std::move(opened.ca)),
      bounds_(std::move(opened.bounds)),
      fingerprint_(text::to_hex(crypto::view(ca_.certificate.sha256()))),
      issuer_(std::move(opened.issuer)),
      signers_(ca_.key),
      crl_({name_, fingerprint_, ca_key_id(ca_.certificate), issuer_.subject,
            issuer_.signature_algorithm, issuer_.key_id, ca_.certificate.not_before(),
            std::move(opened.partitions)},
           settings, parts_, signers_) {}

Status LocalCa::take_templates(const LocalCaSettings& settings) {
  for (const auto& one : settings.templates) {
    CC_TRY_ASSIGN(auto made,
                  CertificateTemplate::make(bounds_.fitted(one), settings.crl_partitions));
    if (!templates_.emplace(one.name, std::move(made)).second) {
      return Error(CaErrc::bad_template, ErrorKind::permanent,
                   "template " + one.name + " is there twice; rename one of them");
    }
    if (!one.agent_only) descriptions_.push_back({one.name, one.approval});
  }
  return {};
}

core::CaDescription LocalCa::describe() const {
  return {name_,
          "local",
          fingerprint_,
          ca_.certificate.subject_text(),
          ca_.certificate.not_after(),
          descriptions_,
          bounds_.limits(offered_)};
}

std::vector<core::SubmitAnswer> LocalCa::submit(const std::vector<core::Submission>& submissions,
                                                const core::CallContext& /*call*/) {
  const Timestamp now = parts_.clock.wall();
  Status ready = check_dates(ca_.certificate, now);
  auto signer = signers_.borrow();
  if (ready.ok() && !signer.ok()) ready = signer.error();
  std::vector<core::SubmitAnswer> answers;
  answers.reserve(submissions.size());
  for (const core::Submission& submission : submissions) {
    answers.push_back(ready.ok() ? issue(submission, now, *signer.value())
                                 : not_done<core::SubmitAnswer>(ready.error()));
  }
  return answers;
}

core::SubmitAnswer LocalCa::issue(const core::Submission& submission, Timestamp now,
                                  crypto::Signer& signer) const {
  const auto found = templates_.find(submission.template_name);
  const bool offered =
      found != templates_.end() && (!found->second.settings().agent_only || submission.for_agent);
  if (!offered) {
    return denied(core::failed(failure::kUnknownTemplate,
                               "CA " + name_ + " has no template " + submission.template_name +
                                   "; add [template." + submission.template_name +
                                   "] to the configuration or name another one"));
  }
  const CertificateTemplate& issuing = found->second;
  auto checked = check_request(issuing, submission);
  if (auto* refused = std::get_if<core::Failed>(&checked)) return denied(std::move(*refused));
  auto decided = decide_validity(issuing.settings(), requested_validity(submission),
                                 ca_.certificate.not_before(), ca_.certificate.not_after(), now);
  if (auto* refused = std::get_if<core::Failed>(&decided)) return denied(std::move(*refused));
  if (issuing.settings().approval && !submission.approved) {
    return core::NeedsApproval{"template " + issuing.settings().name +
                               " asks for a person's approval"};
  }
  const auto& content = std::get<AllowedContent>(checked);
  const auto& validity = std::get<Validity>(decided);
  CertificateFields fields;
  core::IssuedCertificate certificate;
  certificate.serial = new_serial(now);
  const Bytes extensions =
      encode_extensions(issuing, submission, content, issuer_.authority_key_id, certificate.serial);
  certificate.not_before = fields.not_before = validity.not_before;
  certificate.not_after = fields.not_after = validity.not_after;
  fields.serial = certificate.serial;
  fields.signature_algorithm = issuer_.signature_algorithm;
  fields.issuer = issuer_.subject;
  fields.subject = content.subject;
  fields.public_key_info = submission.request->public_key_info();
  fields.extensions = extensions;
  if (auto refused = bounds_.check({submission, purposes_of(issuing, content), fields})) {
    return denied(std::move(*refused));
  }
  auto made = sign_structure(encode_tbs_certificate(fields), issuer_.signature_algorithm, signer);
  if (!made.ok()) return not_done<core::SubmitAnswer>(made.error());
  if (made->size() > crypto::kMaxCertificateSize) return denied(too_large(made->size()));
  certificate.certificate = std::move(made).value();
  return core::Issued{std::move(certificate), note_of(issuing, content, validity)};
}

core::SubmitAnswer LocalCa::retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                                     const core::CallContext& call) {
  const auto known = find(key, {}, {}, call);
  if (!known.ok()) return not_done<core::SubmitAnswer>(known.error());
  if (known.value()) return *known.value();
  return denied(core::failed(failure::kDeniedByCa, "CA " + name_ + " has no pending request " +
                                                       request_id + "; submit the request again"));
}

Result<std::optional<core::Issued>> LocalCa::find(const core::IdempotencyKey& key,
                                                  ByteView /*public_key_info*/,
                                                  Timestamp /*submitted_after*/,
                                                  const core::CallContext& /*call*/) {
  CC_TRY_ASSIGN(auto known, parts_.certificate_store.find(fingerprint_,
                                                          std::vector<core::IdempotencyKey>{key}));
  if (known.empty() || !known.front()) return std::optional<core::Issued>();
  return std::optional<core::Issued>(core::Issued{known.front()->entry.certificate, {}});
}

Result<std::optional<core::CertificateRecord>> LocalCa::find_certificate(
    const core::CertificateId& id) {
  return parts_.certificate_store.find(fingerprint_, id);
}

Result<bool> LocalCa::may_have_issued_more() {
  return parts_.certificate_store.may_have_issued_more(fingerprint_);
}

Result<std::optional<core::CertificateRecord>> LocalCa::recognize(
    const crypto::Certificate& certificate) {
  const core::CertificateId id{certificate.serial(), {}};
  CC_TRY_ASSIGN(auto found, find_certificate(id));
  if (found) return is_of(*found, certificate) ? found : std::nullopt;
  CC_TRY_ASSIGN(const bool issued_more, may_have_issued_more());
  if (!issued_more || certificate.is_ca() || !core::is_serial_number(certificate.serial()) ||
      !certificate.issued_by(ca_.certificate)) {
    return found;
  }
  const Timestamp now = parts_.clock.wall();
  const core::CertificateEntry entry = earlier_entry(certificate);
  // One that has expired is of no use any more.
  if (certificate.not_after() <= now) return std::make_optional(core::CertificateRecord{entry});
  CC_TRY(parts_.certificate_store.record_earlier(fingerprint_, {entry}, now));
  CC_TRY_ASSIGN(found, find_certificate(id));
  return found && is_of(*found, certificate) ? found : std::nullopt;
}

std::vector<core::RevokeAnswer> LocalCa::revoke(const std::vector<core::Revocation>& revocations,
                                                const core::CallContext& /*call*/) {
  const Timestamp now = parts_.clock.wall();
  std::vector<core::RevokeEntry> entries;
  entries.reserve(revocations.size());
  for (const auto& one : revocations) {
    entries.push_back({one.certificate, {now, one.reason, one.invalidity_date}});
  }
  const auto results = parts_.certificate_store.revoke(fingerprint_, entries, now);
  std::vector<core::RevokeAnswer> answers;
  answers.reserve(revocations.size());
  if (!results.ok()) {
    answers.assign(revocations.size(), not_done<core::RevokeAnswer>(results.error()));
    return answers;
  }
  const auto issued_more = may_have_issued_more();
  for (const auto& result : results.value()) {
    const bool unknown = result.change == core::RevokeChange::unknown;
    const bool elsewhere = unknown && issued_more.ok() && *issued_more;
    answers.push_back(elsewhere ? not_recorded() : to_answer(result, now));
  }
  return answers;
}

std::vector<Bytes> LocalCa::chain() const {
  std::vector<Bytes> certificates{ca_.certificate.der()};
  for (const auto& issuer : ca_.issuers) certificates.push_back(issuer.der());
  return certificates;
}

// The list is the signed content: the certificates beside it are not signed, and anybody on the way
// could add one. The content type is id-data around the whole inner message, as in the other
// messages of RFC 8894 section 3.1: PKCS#7 readers (sscep, OpenSSL's PKCS7_verify) accept no
// signedData as content.
Result<Bytes> LocalCa::announce(const std::vector<ByteView>& certificates) {
  if (!ca_.certificate.signs_messages()) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent,
                 "the key usage of the CA certificate of " + ca_.certificate.subject_text() +
                     " lacks digitalSignature, without which no device takes its word for the "
                     "next CA (RFC 8894 section 2.1.2); give the next CA to the devices by your "
                     "device management, and remove next_ca_file");
  }
  CC_TRY_ASSIGN(const auto fields, crypto::parse_certificate_fields(ca_.certificate.der()));
  const Bytes list = crypto::make_certificates_only(certificates, {});
  crypto::SignedDataSpec spec;
  spec.content = list;
  spec.certificates = {ca_.certificate.der()};
  spec.signer_issuer = fields.issuer;
  spec.signer_serial = fields.serial;
  spec.hash = crypto::hash_for_key(ca_.key.kind(), ca_.key.bits());
  return crypto::make_signed_data(spec, ca_.key);
}

Status LocalCa::check_signature() {
  CC_TRY_ASSIGN(auto signer, signers_.borrow());
  constexpr std::string_view kProbe = "certificate connector probe";
  CC_TRY_ASSIGN(const ByteView signature, signer->sign(as_bytes(kProbe)));
  CC_TRY_ASSIGN(const auto key, crypto::PublicKey::from_info(ca_.certificate.public_key_info()));
  crypto::SignatureAlgorithm algorithm;
  algorithm.scheme = key.kind() == crypto::KeyKind::rsa ? crypto::SignatureScheme::rsa_pkcs1
                                                        : crypto::SignatureScheme::ecdsa;
  algorithm.hash = crypto::hash_for_key(key.kind(), key.bits());
  auto verified = key.verify(algorithm, as_bytes(kProbe), signature);
  if (!verified.ok())
    return verified.error().with_context("the key of CA " + name_ + " signs wrongly");
  return {};
}

Status LocalCa::check(const core::CallContext& /*call*/) {
  const Timestamp now = parts_.clock.wall();
  CC_TRY(check_ca_identity(ca_, now));
  const Status issuable = bounds_.check_templates(offered_);
  if (!issuable.ok()) return issuable.error().with_context("CA " + name_);
  CC_TRY(check_signature());
  CC_TRY(parts_.certificate_store.count(fingerprint_));
  const auto crl = last_published();
  if (crl && crl->next_update < now) {
    return Error(CaErrc::crl_expired, ErrorKind::transient,
                 "the CRL of CA " + name_ + " expired on " + to_rfc3339(crl->next_update) +
                     "; run: certconnector ca publish-crl " + name_ +
                     ", and see the log for why it was not renewed");
  }
  return {};
}

}  // namespace certconnector::ca
