#include "agent/app/ca_administration.h"

#include "agent/app/ca_owner.h"
#include "agent/app/errors.h"
#include "agent/ca/earlier_records.h"
#include "common/crypto/certificate.h"
#include "common/crypto/crl_addresses.h"

namespace certconnector::app {
namespace {

Error past_missing(const std::string& ca) {
  return {AppErrc::past_missing, ErrorKind::permanent,
          "the CA " + ca +
              " was in use elsewhere, and the agent does not know what it revoked there: revoked "
              "certificates would be good again"};
}

// The key is not one that was made here for this CA.
bool brings_key(const control::ImportCa& request) {
  return !request.key_pem.empty() || !request.pkcs12.empty();
}

void add_taken(core::EarlierTaken& all, core::EarlierTaken more) {
  all.added += more.added;
  all.known += more.known;
  all.expired += more.expired;
  for (auto& note : more.notes) all.notes.push_back(std::move(note));
  for (auto& refused : more.refused) all.refused.push_back(std::move(refused));
  for (auto& address : more.crl_addresses) all.crl_addresses.push_back(std::move(address));
}

}  // namespace

Result<const ca::CaSetUp*> CaAdministration::set_up_of(const ca::CaSection& section) const {
  const ca::CaSetUp* set_up = ca::find_backend(parts_.backends, section.backend)->set_up;
  if (set_up != nullptr) return set_up;
  return Error(AppErrc::no_set_up, ErrorKind::permanent,
               "the CA " + section.name + " has backend = " + section.backend +
                   " and is set up where it runs, not by this agent; see certconnectord.conf(5)");
}

Result<control::CreatedCa> CaAdministration::create_ca(const control::CreateCa& request) {
  const auto changing = parts_.active.lock_changes();
  CC_TRY_ASSIGN(const ca::CaSection section, parts_.cas.section(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  const ca::NewCa wanted{request.subject, request.key, request.lifetime};
  control::CreatedCa created;
  if (request.kind == control::CaKind::subordinate_request) {
    CC_TRY_ASSIGN(created.request_pem, set_up->create_request(section, wanted, parts_.set_up));
    // It cannot serve without its certificate; status says from now on that it waits for it.
    static_cast<void>(parts_.cas.serve(request.name));
    return created;
  }
  CC_TRY(require_clock());
  CC_TRY_ASSIGN(const crypto::Certificate certificate,
                set_up->create_root(section, wanted, parts_.set_up));
  created.certificate_pem = certificate.to_pem();
  CC_TRY_ASSIGN(created.fingerprint, parts_.cas.serve(request.name));
  return created;
}

Result<control::CreatedCa> CaAdministration::past_of(const crypto::Certificate& certificate,
                                                     const control::ImportCa& request) {
  const core::CaFingerprint fingerprint = ca::fingerprint_of(certificate);
  CC_TRY(ca::name_new_certificate(parts_.store, certificate));
  control::CreatedCa answer;
  answer.certificate_pem = certificate.to_pem();
  answer.fingerprint = fingerprint;
  CC_TRY_ASSIGN(answer.certificates, parts_.store.count(fingerprint));
  CC_TRY_ASSIGN(const auto crl, parts_.store.crl(fingerprint));
  // The agent has published its CRLs.
  answer.past_is_known = crl.has_value() || !brings_key(request);
  // That of another CA's certificate is another CA's CRL.
  if (certificate.issued_by(certificate)) {
    answer.crl_addresses = crypto::crl_addresses(certificate.der());
  }
  return answer;
}

Result<control::CreatedCa> CaAdministration::import_ca(const control::ImportCa& request) {
  const auto changing = parts_.active.lock_changes();
  CC_TRY_ASSIGN(const ca::CaSection section, parts_.cas.section(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  const ca::BroughtCa brought{request.certificate_pem, request.key_pem, request.pkcs12,
                              request.passphrase};
  CC_TRY_ASSIGN(const crypto::Certificate certificate,
                set_up->examine(section, brought, parts_.set_up));
  const std::string other = parts_.cas.other_section_of(section.name, certificate);
  if (!other.empty()) return ca_of_another_section(section.name, other, certificate);
  CC_TRY_ASSIGN(control::CreatedCa imported, past_of(certificate, request));
  if (request.examine) return imported;
  if (!imported.past_is_known) {
    if (!request.past_is_told) return past_missing(request.name);
    CC_TRY(parts_.store.note_earlier_issues(imported.fingerprint));
  }
  CC_TRY(set_up->import(section, brought, parts_.set_up));
  CC_TRY(parts_.cas.serve(request.name));
  CC_TRY_ASSIGN(const jobs::CaRef served, parts_.cas.require_ca(request.name));
  imported.limits = served->description.limits;
  return imported;
}

Result<crypto::Certificate> CaAdministration::issuer_of(const control::EarlierRecords& records) {
  CC_TRY_ASSIGN(const ca::CaSection section, parts_.cas.section(records.ca));
  CC_TRY(set_up_of(section));
  if (!records.certificate_pem.empty()) {
    return crypto::Certificate::from_pem(records.certificate_pem);
  }
  CC_TRY_ASSIGN(const std::vector<Bytes> chain, ca_chain(records.ca));
  return crypto::Certificate::from_der(chain.front());
}

Result<core::EarlierTaken> CaAdministration::take_earlier(const control::EarlierRecords& records) {
  CC_TRY_ASSIGN(const crypto::Certificate issuer, issuer_of(records));
  core::EarlierTaken all;
  std::optional<Bytes> crl;
  if (!records.crl.upload.empty()) {
    CC_TRY_ASSIGN(crl, crl_upload_.add(records.crl));
    if (!crl) return all;
  }
  CC_TRY(ca::name_new_certificate(parts_.store, issuer));
  if (crl) {
    CC_TRY_ASSIGN(auto taken, ca::take_crl(issuer, *crl, parts_.store, parts_.set_up.clock.wall()));
    add_taken(all, std::move(taken));
  }
  if (!records.revocations.empty()) {
    CC_TRY_ASSIGN(auto taken, ca::take_revocations(issuer, records.revocations, parts_.store));
    add_taken(all, std::move(taken));
  }
  if (!records.certificates.empty()) {
    CC_TRY_ASSIGN(auto taken, ca::take_certificates(issuer, records.certificates, parts_.store,
                                                    parts_.set_up.clock.wall()));
    add_taken(all, std::move(taken));
  }
  // It has issued more than the agent did: from now on it revokes any serial number.
  CC_TRY(parts_.store.note_earlier_issues(ca::fingerprint_of(issuer)));
  return all;
}

Status CaAdministration::test_ca(const std::string& name) {
  if (!parts_.cas.require_ca(name).ok()) {
    const auto changing = parts_.active.lock_changes();
    if (!parts_.cas.require_ca(name).ok()) {
      CC_TRY(parts_.cas.serve(name));
    }
  }
  CC_TRY_ASSIGN(const jobs::CaRef found, parts_.cas.require_ca(name));
  return parts_.active.engine()->check(found->description.fingerprint, parts_.stop);
}

Result<std::vector<Bytes>> CaAdministration::ca_chain(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, parts_.cas.require_ca(name));
  return found->ports.ca->chain();
}

Status CaAdministration::require_clock() const {
  if (!parts_.operating_mode.clock_is_wrong()) return {};
  return Error(AppErrc::clock_wrong, ErrorKind::transient,
               "the machine's clock is wrong, so the agent signs nothing");
}

Status CaAdministration::publish_crl(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, parts_.cas.require_ca(name));
  if (found->ports.crl_publisher == nullptr) {
    return Error(AppErrc::no_crl, ErrorKind::permanent,
                 "the CA " + name + " publishes its CRL itself, not through this agent");
  }
  CC_TRY(require_clock());
  return found->ports.crl_publisher->publish_now();
}

}  // namespace certconnector::app
