// An NDES on this machine: registry, certificates, IIS and its answers. What Microsoft
// asks of such a server is in its guide for NDES and in public validation scripts;
// packaging/doc/guide/doctor.md maps each of their checks.
#include <algorithm>

#include "agent/doctor/iis_configuration.h"
#include "agent/doctor/limits.h"
#include "agent/doctor/stages.h"
#include "agent/doctor/windows_server.h"
#include "common/crypto/pkcs10.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::doctor {
namespace {

constexpr const char* kMscep = "SOFTWARE\\Microsoft\\Cryptography\\MSCEP";
constexpr const char* kHttp = "SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
constexpr const char* kIisComponents = "SOFTWARE\\Microsoft\\InetStp\\Components";
constexpr const char* kOurModule = "CertificateConnector.NdesPolicy.1";
constexpr const char* kMscepUrl = "/certsrv/mscep/mscep.dll";
// What HTTP.sys and IIS need for a request in the address.
constexpr std::uint32_t kLongest = 65534;
// szOID_ENROLLMENT_AGENT, of the RA's certificates of an NDES.
constexpr const char* kRequestAgent = "1.3.6.1.4.1.311.20.2.1";

class NdesStage {
 public:
  NdesStage(const WindowsServer& server, Timestamp now, Examination& examination)
      : server_(server), now_(now), examination_(examination) {}

  void ndes() {
    const auto installed = server_.text(std::string(kMscep) + "\\CAInfo", "Configuration");
    if (!installed.ok()) {
      unknown(check::kNdesInstalled, {}, installed.error().message(),
              "Look from a console that was opened with \"Run as administrator\"");
      return;
    }
    if (!*installed) {
      unknown(check::kNdesInstalled, {}, "there is no NDES on this machine",
              "Where there should be one: Setup-Ndes.ps1, see the guide's page Beside an NDES");
      return;
    }
    examination_.ok(check::kNdesInstalled, {}, "NDES asks the CA " + **installed);
    templates();
    limits();
    components();
    iis();
    roots();
    ra_certificates();
    module();
    answers();
    not_from_here();
  }

 private:
  void unknown(const Check& check, std::string subject, std::string evidence, std::string remedy) {
    examination_.add(check, Verdict::unknown, std::move(subject), std::move(evidence),
                     std::move(remedy));
  }
  void failed(const Check& check, std::string subject, std::string evidence, std::string remedy) {
    examination_.add(check, Verdict::failed, std::move(subject), std::move(evidence),
                     std::move(remedy));
  }
  [[nodiscard]] std::string text(const std::string& key, const std::string& value) const {
    const auto found = server_.text(key, value);
    return found.ok() ? found->value_or("") : "";
  }
  [[nodiscard]] std::optional<std::uint32_t> number(const std::string& key,
                                                    const std::string& value) const {
    const auto found = server_.number(key, value);
    return found.ok() ? *found : std::nullopt;
  }

  void templates() {
    for (const char* value :
         {"SignatureTemplate", "EncryptionTemplate", "GeneralPurposeTemplate"}) {
      const std::string name = text(kMscep, value);
      if (name.empty() || name == "IPSECIntermediateOffline") {
        failed(check::kNdesTemplates, value,
               name.empty() ? "there is no such value" : "it is the default, for routers",
               std::string("Set it to your template's name (not its display name): reg add "
                           "\"HKLM\\") +
                   kMscep + "\" /v " + value + " /d TEMPLATE /f, then: iisreset");
      } else {
        examination_.ok(check::kNdesTemplates, value, name);
      }
    }
  }

  void limits() {
    for (const char* value : {"MaxFieldLength", "MaxRequestBytes"}) {
      const auto limit = number(kHttp, value);
      if (limit.value_or(0) >= kLongest) {
        examination_.ok(check::kNdesHttpLimits, value, std::to_string(*limit));
      } else {
        failed(check::kNdesHttpLimits, value,
               limit ? "it is " + std::to_string(*limit) : "it is not set",
               std::string("reg add \"HKLM\\") + kHttp + "\" /v " + value +
                   " /t REG_DWORD /d 65534 /f, then restart the computer");
      }
    }
  }

  void components() {
    for (const auto& [value, feature] :
         {std::pair("RequestFiltering", "Web-Filtering"), std::pair("Metabase", "Web-Metabase"),
          std::pair("WMICompatibility", "Web-WMI")}) {
      if (number(kIisComponents, value).value_or(0) != 0) {
        examination_.ok(check::kNdesFeatures, feature, "it is installed");
      } else {
        failed(check::kNdesFeatures, feature, "it is not installed",
               std::string("In PowerShell: Install-WindowsFeature ") + feature);
      }
    }
  }

  void iis() {
    const auto xml = server_.iis_configuration();
    const auto iis = xml.ok() ? parse_iis_configuration(*xml) : xml.error();
    if (!iis.ok()) {
      unknown(check::kNdesPool, {}, iis.error().message(),
              "Look from a console that was opened with \"Run as administrator\"");
      return;
    }
    pool(*iis);
    url_limit("maxUrl", iis->max_url);
    url_limit("maxQueryString", iis->max_query_string);
    https(*iis);
  }

  void pool(const IisConfiguration& iis) {
    if (!iis.scep_pool) {
      failed(check::kNdesPool, "SCEP", "IIS has no such application pool", "Install NDES again");
    } else if (!iis.scep_pool->starts_by_itself) {
      failed(check::kNdesPool, "SCEP", "it does not start by itself",
             "%windir%\\system32\\inetsrv\\appcmd set apppool SCEP /autoStart:true, then: "
             "iisreset");
    } else {
      examination_.ok(check::kNdesPool, "SCEP", "it runs as " + iis.scep_pool->account);
    }
  }

  void url_limit(const std::string& name, std::uint64_t limit) {
    if (limit >= kLongest) {
      examination_.ok(check::kNdesUrlLimits, name, std::to_string(limit));
    } else {
      failed(check::kNdesUrlLimits, name, "it is " + std::to_string(limit),
             "%windir%\\system32\\inetsrv\\appcmd set config "
             "/section:system.webServer/security/requestFiltering /requestLimits." +
                 name + ":65534");
    }
  }

  void https(const IisConfiguration& iis) {
    if (iis.https_bindings.empty()) {
      examination_.add(check::kNdesHttps, Verdict::warning, {}, "no site of IIS has https",
                       "Bind the site to https with a server certificate: Android wants it");
      return;
    }
    const auto hash = server_.octets(
        "SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslBindingInfo\\0.0.0.0:443",
        "SslCertHash");
    const auto all = server_.certificates("MY");
    if (!hash.ok() || !*hash || !all.ok()) {
      unknown(check::kNdesHttps, iis.https_bindings.front(),
              "which certificate stands behind it cannot be read", "netsh http show sslcert");
      return;
    }
    const auto certificate = std::find_if(all->begin(), all->end(), [&](const auto& one) {
      const auto sha1 = one.sha1();
      return std::equal(sha1.begin(), sha1.end(), (*hash)->begin(), (*hash)->end());
    });
    if (certificate == all->end()) {
      failed(check::kNdesHttps, iis.https_bindings.front(),
             "its certificate is not in the machine's store: " + text::to_hex(**hash),
             "Bind the site to another certificate");
    } else {
      server_certificate(*certificate);
    }
  }

  void server_certificate(const crypto::Certificate& certificate) {
    const std::string& who = certificate.subject_text();
    const auto& usages = certificate.extended_key_usage();
    const std::string server_auth(crypto::oid::kServerAuth);
    if (!usages.empty() && std::find(usages.begin(), usages.end(), server_auth) == usages.end()) {
      failed(check::kNdesHttps, who, "it is not for servers", "Bind a server's certificate");
    } else if (certificate.subject() == certificate.issuer()) {
      failed(check::kNdesHttps, who, "it signed itself, so no device trusts it",
             "Bind a certificate of a CA that devices trust");
    } else if (dates_are_good(check::kNdesHttps, certificate, "Renew it, and bind the new one")) {
      examination_.ok(check::kNdesHttps, who, "valid until " + to_rfc3339(certificate.not_after()));
    }
  }

  // Adds what is wrong.
  bool dates_are_good(const Check& check, const crypto::Certificate& certificate,
                      const std::string& remedy) {
    const std::string until = to_rfc3339(certificate.not_after());
    if (certificate.not_after() < now_) {
      failed(check, certificate.subject_text(), "it expired on " + until, remedy);
      return false;
    }
    if (certificate.not_after() - now_ < kExpiresSoon) {
      examination_.add(check, Verdict::warning, certificate.subject_text(),
                       "it expires on " + until, remedy);
      return false;
    }
    return true;
  }

  // IIS then asks for client certificates in vain (403.16), and NDES stops.
  void roots() {
    const auto all = server_.certificates("ROOT");
    if (!all.ok()) {
      unknown(check::kNdesRoots, {}, all.error().message(), "certlm.msc shows them");
      return;
    }
    bool good = true;
    for (const crypto::Certificate& one : *all) {
      if (one.subject() == one.issuer()) continue;
      good = false;
      failed(check::kNdesRoots, one.subject_text(),
             "an intermediate certificate is among the trusted roots",
             "Move it to the intermediate CAs (certlm.msc), then: iisreset");
    }
    if (good) {
      examination_.ok(check::kNdesRoots, {}, std::to_string(all->size()) + " roots, all of them");
    }
  }

  void ra_certificates() {
    const auto all = server_.certificates("MY");
    if (!all.ok()) {
      unknown(check::kNdesRaCertificates, {}, all.error().message(), "certlm.msc shows them");
      return;
    }
    std::size_t found = 0;
    for (const crypto::Certificate& one : *all) {
      const auto& usages = one.extended_key_usage();
      if (std::find(usages.begin(), usages.end(), kRequestAgent) == usages.end()) continue;
      ++found;
      if (dates_are_good(check::kNdesRaCertificates, one,
                         "Renew it (certlm.msc, Personal), give NDES's account its key again, "
                         "then: iisreset")) {
        examination_.ok(check::kNdesRaCertificates, one.subject_text(),
                        "valid until " + to_rfc3339(one.not_after()));
      }
    }
    // One signs, the other decrypts.
    if (found < 2) {
      failed(check::kNdesRaCertificates, {},
             "NDES needs two certificates with the EKU of a request agent, and " +
                 std::to_string(found) + " are there",
             "Enroll them anew (Exchange Enrollment Agent offline, CEP Encryption), or install "
             "NDES again");
    }
  }

  void module() {
    const std::string policy = text(std::string(kMscep) + "\\Modules", "Policy");
    if (policy.empty()) {
      failed(check::kNdesModule, {},
             "NDES has no policy module: everybody with its password gets "
             "certificates",
             "Install ours with the MSI's feature NdesPolicy, then: iisreset");
      return;
    }
    if (policy != kOurModule) {
      examination_.add(check::kNdesModule, Verdict::warning, {}, "NDES has the module " + policy,
                       "Install ours with the MSI's feature NdesPolicy, then: iisreset");
      return;
    }
    const std::string clsid = text(std::string("SOFTWARE\\Classes\\") + kOurModule + "\\CLSID", "");
    const std::string dll = text("SOFTWARE\\Classes\\CLSID\\" + clsid + "\\InprocServer32", "");
    if (dll.empty() || !server_.file_exists(dll)) {
      failed(check::kNdesModule, dll, "the module is registered, and its file is not there",
             "Repair the MSI: msiexec /f and the package");
      return;
    }
    examination_.ok(check::kNdesModule, {}, "NDES has our module");
    settings();
  }

  void settings() {
    constexpr const char* kSettings = "SOFTWARE\\Certificate Connector\\NDES Policy";
    std::string missing;
    for (const char* value : {"Agent", "AgentCaFile"}) {
      if (text(kSettings, value).empty())
        missing += std::string(missing.empty() ? "" : ", ") + value;
    }
    if (text(kSettings, "Certificate").empty() && text(kSettings, "CertificateFile").empty()) {
      missing += std::string(missing.empty() ? "" : ", ") + "Certificate";
    }
    if (missing.empty()) {
      examination_.ok(check::kNdesModuleSettings, kSettings,
                      "the module asks " + text(kSettings, "Agent"));
    } else {
      failed(check::kNdesModuleSettings, kSettings, "these values are missing: " + missing,
             "Set them with the MSI's properties or `reg add`; the guide's page Beside an NDES has "
             "the table");
    }
  }

  void answers() {
    const auto plain = server_.get(kMscepUrl);
    if (!plain.ok()) {
      failed(check::kNdesAnswers, kMscepUrl, plain.error().message(), "Start IIS: iisreset");
    } else if (plain->status == 403) {
      examination_.ok(check::kNdesAnswers, kMscepUrl, "403: a policy module is in charge");
    } else {
      failed(check::kNdesAnswers, kMscepUrl, meaning(plain->status), remedy(plain->status));
    }
    const auto caps = server_.get(std::string(kMscepUrl) + "?operation=GetCACaps&message=x");
    if (caps.ok() && caps->status == 200) {
      examination_.ok(check::kNdesCapabilities, {}, "NDES tells its capabilities");
    } else {
      failed(check::kNdesCapabilities, {},
             caps.ok() ? meaning(caps->status) : caps.error().message(),
             remedy(caps.ok() ? caps->status : 503));
    }
  }

  static std::string meaning(unsigned status) {
    switch (status) {
      case 200:
        return "200: NDES works without a policy module, or has not loaded it";
      case 404:
        return "404: IIS has no NDES, or its limits are too small";
      case 500:
        return "500: NDES cannot act for its account";
      case 503:
        return "503: the application pool SCEP has stopped";
      default:
        return "it answers HTTP " + std::to_string(status);
    }
  }
  static std::string remedy(unsigned status) {
    switch (status) {
      case 200:
        return "Register the module, then: iisreset";
      case 500:
        return "Give IIS_IUSRS the right \"Impersonate a client after authentication\", and look "
               "whether NDES's account is locked or expired";
      case 503:
        return "Look at the errors of NDES in the log Application, then: iisreset";
      default:
        return "Look at the guide's page Beside an NDES, and at the logs of IIS";
    }
  }

  // An administrator of the domain sees these.
  void not_from_here() {
    unknown(check::kNdesAccount, {},
            "whether NDES's account is enabled, unlocked, and no administrator is seen in Active "
            "Directory",
            "net user ACCOUNT /domain; net localgroup Administrators; net localgroup IIS_IUSRS");
    unknown(check::kNdesSpn, {}, "the SPN of the account is seen in Active Directory",
            "setspn -L ACCOUNT, which should show HTTP/ and this server's name");
    unknown(check::kNdesPublished, {}, "whether the CA offers the templates, the CA tells",
            "certutil -CATemplates -config \"HOST\\CA\"");
  }

  const WindowsServer& server_;
  const Timestamp now_;
  Examination& examination_;
};

}  // namespace

void examine_ndes(const Parts& parts, Examination& examination) {
  if (!parts.windows || !examination.wants("ndes")) return;
  NdesStage(*parts.windows, parts.clock.wall(), examination).ndes();
}

}  // namespace certconnector::doctor
