#include "agent/app/ca_administration.h"

#include "agent/app/errors.h"
#include "common/crypto/certificate.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

core::CaFingerprint fingerprint_of(const crypto::Certificate& certificate) {
  return text::to_hex(crypto::view(certificate.sha256()));
}

}  // namespace

Result<const ca::CaSetUp*> CaAdministration::set_up_of(const ca::CaSection& section) const {
  const ca::CaSetUp* set_up = ca::find_backend(backends_, section.backend)->set_up;
  if (set_up != nullptr) return set_up;
  return Error(AppErrc::no_set_up, ErrorKind::permanent,
               "the CA " + section.name + " has backend = " + section.backend +
                   " and is set up where it runs, not by this agent; see certconnectord.conf(5)");
}

Result<control::CreatedCa> CaAdministration::create_ca(const control::CreateCa& request) {
  const auto changing = active_.lock_changes();
  CC_TRY_ASSIGN(const ca::CaSection section, cas_.section(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  const ca::NewCa wanted{request.subject, request.key, request.lifetime};
  control::CreatedCa created;
  if (request.kind == control::CaKind::subordinate_request) {
    CC_TRY_ASSIGN(created.request_pem, set_up->create_request(section, wanted, set_up_));
    return created;
  }
  CC_TRY_ASSIGN(const crypto::Certificate certificate,
                set_up->create_root(section, wanted, set_up_));
  created.certificate_pem = certificate.to_pem();
  CC_TRY_ASSIGN(created.fingerprint, cas_.serve(request.name));
  return created;
}

Result<control::CreatedCa> CaAdministration::import_ca(const control::ImportCa& request) {
  const auto changing = active_.lock_changes();
  CC_TRY_ASSIGN(const ca::CaSection section, cas_.section(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  CC_TRY_ASSIGN(
      const crypto::Certificate certificate,
      set_up->import(section,
                     {request.certificate_pem, request.key_pem, request.pkcs12, request.passphrase},
                     set_up_));
  control::CreatedCa imported;
  imported.certificate_pem = certificate.to_pem();
  imported.fingerprint = fingerprint_of(certificate);
  CC_TRY(cas_.serve(request.name));
  return imported;
}

Status CaAdministration::test_ca(const std::string& name) {
  if (!cas_.require_ca(name).ok()) {
    const auto changing = active_.lock_changes();
    if (!cas_.require_ca(name).ok()) {
      CC_TRY(cas_.serve(name));
    }
  }
  CC_TRY_ASSIGN(const jobs::CaRef found, cas_.require_ca(name));
  return active_.engine()->check(found->description.fingerprint, stop_);
}

Result<std::vector<Bytes>> CaAdministration::ca_chain(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, cas_.require_ca(name));
  return found->ports.ca->chain();
}

Status CaAdministration::publish_crl(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, cas_.require_ca(name));
  if (found->ports.crl_publisher == nullptr) {
    return Error(AppErrc::no_crl, ErrorKind::permanent,
                 "the CA " + name + " publishes its CRL itself, not through this agent");
  }
  return found->ports.crl_publisher->publish_now();
}

}  // namespace certconnector::app
