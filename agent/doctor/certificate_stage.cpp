#include "agent/app/ca_backends.h"
#include "agent/app/ca_owner.h"
#include "agent/app/ca_sections.h"
#include "agent/app/named_files.h"
#include "agent/app/tls_files.h"
#include "agent/doctor/limits.h"
#include "agent/doctor/stages.h"
#include "agent/platform/file_key_source.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/paths.h"
#include "agent/scep/ra_files.h"
#include "common/crypto/crl.h"
#include "common/text/bytes.h"
#include "common/time/rfc3339.h"

namespace certconnector::doctor {
namespace {

struct Dates {
  Timestamp not_before;
  Timestamp not_after;
};

// A sixth of the lifetime is late for what is renewed at two thirds.
bool ends_soon(const Dates& dates, Timestamp now) {
  const Duration lifetime = dates.not_after - dates.not_before;
  return dates.not_after - now < std::min<Duration>(kExpiresSoon, lifetime / 6);
}

class CertificateStage {
 public:
  CertificateStage(const Subject& subject, const Parts& parts, Examination& examination)
      : settings_(subject.settings),
        parts_(parts),
        now_(parts.clock.wall()),
        examination_(examination) {}

  void identity() {
    const auto chain = identity_chain();
    const Check& check = check::kCertificatesIdentity;
    if (!chain.ok()) {
      examination_.failed(check, "management", chain.error(),
                          "Put it right, or onboard the agent anew: certconnector enroll");
    } else if (chain->empty()) {
      examination_.add(check, Verdict::warning, "management", "the agent has no certificate yet",
                       "Get a token from the endpoint's administrator, then: certconnector enroll");
    } else {
      const bool own = settings_.management.own_certificate();
      look_at(check, "management", chain->front(),
              own ? "Put the successor in the files or the store that [management] names, then: "
                    "certconnector reload"
                  : "The agent renews it by itself; ask it why not: certconnector identity show");
    }
  }

  void listeners() {
    if (!settings_.http.tls_listen.empty()) {
      listener("http", {settings_.http.certificate_file,
                        settings_.http.key_file,
                        settings_.http.certificate_store,
                        {}});
    }
    const config::RegistrationSettings& ndes = settings_.registration;
    if (!ndes.listen.empty()) {
      listener("registration", {ndes.certificate_file, ndes.key_file, ndes.certificate_store, {}});
    }
  }

  void cas() {
    for (const config::CaSettings& ca : settings_.cas) {
      const auto certificate =
          app::ca_certificate_in_files(app::ca_backends(), ca.backend, *ca.options);
      if (certificate) {
        look_at(check::kCertificatesCa, "ca." + ca.name, *certificate,
                "Give the CA another certificate, or prepare its successor: certconnector(1), "
                "ca import");
        crl(ca, *certificate);
      } else {
        no_certificate(ca);
      }
    }
  }

  void registration_authorities() {
    for (const config::ScepSettings& service : settings_.scep) {
      if (service.path.empty()) continue;
      platform::FileKeySource keys;
      const scep::RaFiles files(scep::ra_folder(settings_.agent.state_dir, service.name), keys);
      const scep::RaSetsOnDisk sets = files.load();
      if (sets.complete.empty()) {
        examination_.add(check::kCertificatesRa, Verdict::unknown, "scep." + service.name,
                         "it has no RA certificate yet", "The agent gets one when its CA issues");
        continue;
      }
      const scep::RaSet& set = sets.complete.rbegin()->second;
      look_at(check::kCertificatesRa, "scep." + service.name, set.signing->certificate(),
              "The agent renews it by itself; ask it why not: certconnector scep list");
    }
  }

 private:
  Result<std::vector<crypto::Certificate>> identity_chain() {
    if (settings_.management.own_certificate()) {
      CC_TRY_ASSIGN(core::Identity identity,
                    app::read_own_certificate(settings_.management, parts_.store, now_));
      return std::move(identity.chain);
    }
    const platform::IdentityFolder folder(settings_.agent.state_dir);
    CC_TRY_ASSIGN(auto files, folder.load());
    if (!files) return std::vector<crypto::Certificate>();
    auto chain = crypto::Certificate::all_from_pem(files->certificate_pem);
    if (!chain.ok()) {
      return chain.error().with_context(platform::join_path(folder.path(), "certificate.pem"));
    }
    return chain;
  }

  void listener(const std::string& section, const app::TlsFiles& files) {
    const auto tls = app::read_tls_files(files, parts_.store, now_);
    const std::string remedy =
        "Replace certificate and key of [" + section + "], then: certconnector reload";
    if (!tls.ok()) {
      examination_.failed(check::kCertificatesListener, section, tls.error(), remedy);
      return;
    }
    const auto certificate = crypto::Certificate::from_pem(tls->certificate_chain);
    if (!certificate.ok()) {
      examination_.failed(check::kCertificatesListener, section, certificate.error(), remedy);
    } else {
      look_at(check::kCertificatesListener, section, *certificate, remedy);
    }
  }

  void no_certificate(const config::CaSettings& ca) {
    const std::string section = "ca." + ca.name;
    const ca::Backend* backend = ca::find_backend(app::ca_backends(), ca.backend);
    if (backend == nullptr || backend->set_up == nullptr) {
      examination_.add(check::kCertificatesCa, Verdict::unknown, section,
                       "its certificate is known to the running agent alone",
                       "Ask that: certconnector ca list");
      return;
    }
    examination_.add(
        check::kCertificatesCa, Verdict::warning, section, "it is not set up yet",
        "Make it: certconnector ca create " + ca.name +
            " --root --subject \"CN=Example CA\"; or bring one: certconnector ca import " +
            ca.name + " --certificate FILE --key FILE");
  }

  // The file that the CA makes again and again.
  static std::string crl_file(const config::CaSettings& ca) {
    const ca::Backend* backend = ca::find_backend(app::ca_backends(), ca.backend);
    if (backend == nullptr || backend->files_to_back_up == nullptr) return {};
    for (const ca::CaFile& file : backend->files_to_back_up(*ca.options)) {
      if (file.renewed) return file.path;
    }
    return {};
  }

  void crl(const config::CaSettings& ca, const crypto::Certificate& issuer) {
    const std::string file = crl_file(ca);
    if (file.empty() || !platform::file_exists(file)) return;
    const std::string remedy =
        "Have the running agent publish one: certconnector ca publish-crl " + ca.name;
    const auto octets = platform::read_file(file, kMaxCrl);
    if (!octets.ok()) {
      examination_.failed(check::kCertificatesCrl, file, octets.error(), remedy);
      return;
    }
    const auto crl = crypto::parse_crl(as_bytes(*octets));
    if (!crl.ok() || !crypto::verify_crl(*crl, issuer).ok()) {
      examination_.add(check::kCertificatesCrl, Verdict::failed, file,
                       "this is no CRL of [ca." + ca.name + "]", remedy);
    } else if (crl->next_update && *crl->next_update <= now_) {
      examination_.add(check::kCertificatesCrl, Verdict::failed, file,
                       "it expired on " + to_rfc3339(*crl->next_update), remedy);
    } else {
      examination_.ok(
          check::kCertificatesCrl, file,
          crl->next_update ? "valid until " + to_rfc3339(*crl->next_update) : "it has no end");
    }
  }

  void look_at(const Check& check, const std::string& subject,
               const crypto::Certificate& certificate, const std::string& remedy) {
    const Dates dates{certificate.not_before(), certificate.not_after()};
    const std::string& who = certificate.subject_text();
    const std::string until = to_rfc3339(dates.not_after);
    if (now_ < dates.not_before) {
      examination_.add(check, Verdict::failed, subject,
                       who + " is valid from " + to_rfc3339(dates.not_before) + " on",
                       "Set the clock of this machine where it is wrong; else wait");
    } else if (dates.not_after < now_) {
      examination_.add(check, Verdict::failed, subject, who + " expired on " + until, remedy);
    } else if (ends_soon(dates, now_)) {
      examination_.add(check, Verdict::warning, subject, who + " expires on " + until, remedy);
    } else {
      examination_.ok(check, subject, who + " is valid until " + until);
    }
  }

  const config::Settings& settings_;
  const Parts& parts_;
  const Timestamp now_;
  Examination& examination_;
};

}  // namespace

void examine_certificates(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("certificates")) return;
  CertificateStage stage(subject, parts, examination);
  stage.identity();
  stage.listeners();
  stage.cas();
  stage.registration_authorities();
}

}  // namespace certconnector::doctor
