// The checks of a server with an NDES: a good one, and one with each thing broken once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "agent/doctor/stages.h"
#include "tests/agent/doctor/prepared_server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/keys/fake_machine_store.h"
#include "tests/support/test_pki.h"

namespace certconnector::doctor {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using certconnector::testing::FakeMachineStore;
using certconnector::testing::FakeWindowsServer;
using std::chrono::hours;

const std::string kMscep = "SOFTWARE\\Microsoft\\Cryptography\\MSCEP";
const std::string kHttp = "SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
const std::string kBinding = kHttp + "\\SslBindingInfo\\0.0.0.0:443";
const std::string kComponents = "SOFTWARE\\Microsoft\\InetStp\\Components";
const std::string kTls =
    "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
const std::string kWindows = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const std::string kModule = "CertificateConnector.NdesPolicy.1";
const std::string kClass = "SOFTWARE\\Classes\\CLSID\\{1}\\InprocServer32";
const std::string kSettings = "SOFTWARE\\Certificate Connector\\NDES Policy";
const std::string kUrl = "/certsrv/mscep/mscep.dll";
const std::string kCaps = kUrl + "?operation=GetCACaps&message=x";
constexpr const char* kRequestAgent = "1.3.6.1.4.1.311.20.2.1";

std::string iis(const std::string& pool, const std::string& limits, const std::string& protocol) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><configuration>"
         "<system.applicationHost><applicationPools><add name=\"DefaultAppPool\" />" +
         pool +
         "</applicationPools><sites><site name=\"Default Web Site\" id=\"1\"><bindings>"
         "<binding protocol=\"" +
         protocol +
         "\" bindingInformation=\"*:443:\" /></bindings></site></sites></system.applicationHost>"
         "<location path=\"Default Web Site\"><system.webServer><security><requestFiltering>" +
         limits + "</requestFiltering></security></system.webServer></location></configuration>";
}
constexpr const char* kPool =
    "<add name=\"SCEP\" autoStart=\"true\"><processModel identityType=\"SpecificUser\" "
    "userName=\"CORP\\svc-ndes\" /></add>";
constexpr const char* kLimits = "<requestLimits maxUrl=\"65534\" maxQueryString=\"65534\" />";

CertificateSpec named(const std::string& subject) {
  CertificateSpec spec;
  spec.subject = subject;
  return spec;
}
CertificateSpec ca_spec() {
  CertificateSpec spec = named("CN=Root");
  spec.ca = true;
  return spec;
}

// Two RA certificates and one for https.
struct Certificates {
  Credential root = certconnector::testing::make_self_signed(ca_spec());
  Credential signing = issue("CN=RA signing", kRequestAgent);
  Credential encryption = issue("CN=RA encryption", kRequestAgent);
  Credential https = issue("CN=ndes.example.com", "serverAuth");

  [[nodiscard]] Credential issue(const std::string& subject, const std::string& usage,
                                 Timestamp until = FakeClock::kStart + hours(24 * 365)) const {
    CertificateSpec spec = named(subject);
    spec.extended_key_usage = usage;
    spec.not_after = until;
    return certconnector::testing::issue(root, spec);
  }
};

class NdesStageTest : public ::testing::Test {
 protected:
  void SetUp() override { put_right(*server_); }

  void put_right(FakeWindowsServer& server) {
    server = FakeWindowsServer();
    server.numbers[{kWindows, "CurrentMajorVersionNumber"}] = 10;
    server.texts[{kWindows, "ProductName"}] = "Windows Server 2022 Standard";
    server.texts[{kMscep + "\\CAInfo", "Configuration"}] = "ca.corp.example\\Corp CA";
    for (const char* name : {"SignatureTemplate", "EncryptionTemplate", "GeneralPurposeTemplate"}) {
      server.texts[{kMscep, name}] = "CorpDevice";
    }
    server.texts[{kMscep + "\\Modules", "Policy"}] = kModule;
    server.texts[{"SOFTWARE\\Classes\\" + kModule + "\\CLSID", ""}] = "{1}";
    server.texts[{kClass, ""}] = "C:\\module.dll";
    server.files["C:\\module.dll"] = true;
    server.texts[{kSettings, "Agent"}] = "https://agent.example.com:8444";
    server.texts[{kSettings, "AgentCaFile"}] = "C:\\agent-ca.pem";
    server.texts[{kSettings, "Certificate"}] = "subject:CN=ndes.example.com";
    for (const char* name : {"MaxFieldLength", "MaxRequestBytes"}) {
      server.numbers[{kHttp, name}] = 65534;
    }
    for (const char* name : {"RequestFiltering", "Metabase", "WMICompatibility"}) {
      server.numbers[{kComponents, name}] = 1;
    }
    server.changes[kHttp] = FakeClock::kStart - hours(48);
    server.began = FakeClock::kStart - hours(24);
    server.services["CertificateConnector"] = {true, true, "NT SERVICE\\CertificateConnector"};
    server.iis = iis(kPool, kLimits, "https");
    const auto hash = certificates_.https.certificate.sha1();
    server.binaries[{kBinding, "SslCertHash"}] = Bytes(hash.begin(), hash.end());
    server.stores["MY"] = {certificates_.signing.certificate, certificates_.encryption.certificate,
                           certificates_.https.certificate};
    server.stores["ROOT"] = {certificates_.root.certificate};
    server.answers = {{kUrl, 403}, {kCaps, 200}};
  }

  std::vector<Finding> examine() {
    Parts parts{clock_, store_, {}, {}, {},
                {},     {},     {}, {}, certconnector::testing::prepare(server_)};
    Examination examination({});
    examine_windows(parts, examination);
    examine_ndes(parts, examination);
    return examination.findings();
  }
  // The worst finding of the check.
  Verdict verdict(const Check& check) {
    Verdict worst = Verdict::ok;
    bool found = false;
    for (const Finding& one : examine()) {
      if (one.check != &check) continue;
      found = true;
      worst = std::max(worst, one.verdict);
      EXPECT_EQ(one.remedy.empty(), one.verdict == Verdict::ok) << check.id << one.evidence;
    }
    EXPECT_TRUE(found) << check.id;
    return worst;
  }

  Certificates certificates_;
  FakeClock clock_;
  FakeMachineStore store_;
  std::shared_ptr<FakeWindowsServer> server_ = std::make_shared<FakeWindowsServer>();
};

TEST_F(NdesStageTest, AGoodServerHasNothingWrong) {
  std::set<std::string_view> unknown;
  for (const Finding& one : examine()) {
    if (one.verdict == Verdict::unknown) {
      unknown.insert(one.check->id);
    } else {
      EXPECT_EQ(one.verdict, Verdict::ok) << one.check->id << ": " << one.evidence;
    }
  }
  EXPECT_EQ(unknown, (std::set<std::string_view>{"ndes.account", "ndes.spn", "ndes.published"}));
}

TEST_F(NdesStageTest, EachThingThatIsBrokenIsFound) {
  struct Broken {
    const char* what;
    std::function<void(FakeWindowsServer&)> how;
    const Check& check;
    Verdict verdict;
  };
  const Credential expired =
      certificates_.issue("CN=Old RA", kRequestAgent, FakeClock::kStart - hours(1));
  const Credential ending =
      certificates_.issue("CN=Ending RA", kRequestAgent, FakeClock::kStart + hours(24 * 29));
  const Credential for_clients = certificates_.issue("CN=client", "clientAuth");
  const Credential self = certconnector::testing::make_self_signed(named("CN=self"));
  const auto bind = [](FakeWindowsServer& server, const Credential& one) {
    const auto hash = one.certificate.sha1();
    server.binaries[{kBinding, "SslCertHash"}] = Bytes(hash.begin(), hash.end());
    server.stores["MY"].push_back(one.certificate);
  };
  const std::vector<Broken> all{
      {"an old Windows",
       [](auto& s) {
         s.numbers[{kWindows, "CurrentMajorVersionNumber"}] = 6;
       },
       check::kWindowsVersion, Verdict::failed},
      {"a domain controller", [](auto& s) { s.services["NTDS"] = {}; }, check::kWindowsRoles,
       Verdict::warning},
      {"a CA", [](auto& s) { s.services["CertSvc"] = {}; }, check::kWindowsRoles, Verdict::warning},
      {"no TLS 1.2",
       [](auto& s) {
         s.numbers[{kTls, "Enabled"}] = 0;
       },
       check::kWindowsTls, Verdict::failed},
      {"TLS 1.2 not by default",
       [](auto& s) {
         s.numbers[{kTls, "DisabledByDefault"}] = 1;
       },
       check::kWindowsTls, Verdict::failed},
      {"no restart", [](auto& s) { s.changes[kHttp] = FakeClock::kStart; }, check::kWindowsRestart,
       Verdict::warning},
      {"no service", [](auto& s) { s.services.clear(); }, check::kServiceInstalled,
       Verdict::warning},
      {"a service that is stopped",
       [](auto& s) { s.services["CertificateConnector"].running = false; },
       check::kServiceInstalled, Verdict::failed},
      {"a service that a person starts",
       [](auto& s) { s.services["CertificateConnector"].automatic = false; },
       check::kServiceInstalled, Verdict::warning},
      {"the default template",
       [](auto& s) {
         s.texts[{kMscep, "SignatureTemplate"}] = "IPSECIntermediateOffline";
       },
       check::kNdesTemplates, Verdict::failed},
      {"no template",
       [](auto& s) {
         s.texts.erase({kMscep, "EncryptionTemplate"});
       },
       check::kNdesTemplates, Verdict::failed},
      {"a short field",
       [](auto& s) {
         s.numbers[{kHttp, "MaxFieldLength"}] = 16384;
       },
       check::kNdesHttpLimits, Verdict::failed},
      {"no limit of HTTP.sys",
       [](auto& s) {
         s.numbers.erase({kHttp, "MaxRequestBytes"});
       },
       check::kNdesHttpLimits, Verdict::failed},
      {"no request filtering",
       [](auto& s) {
         s.numbers.erase({kComponents, "RequestFiltering"});
       },
       check::kNdesFeatures, Verdict::failed},
      {"short addresses in IIS", [](auto& s) { s.iis = iis(kPool, "", "https"); },
       check::kNdesUrlLimits, Verdict::failed},
      {"no pool", [](auto& s) { s.iis = iis("", kLimits, "https"); }, check::kNdesPool,
       Verdict::failed},
      {"a pool that a person starts",
       [](auto& s) { s.iis = iis("<add name=\"SCEP\" autoStart=\"false\" />", kLimits, "https"); },
       check::kNdesPool, Verdict::failed},
      {"a file of IIS that is no XML", [](auto& s) { s.iis = "<configuration"; }, check::kNdesPool,
       Verdict::unknown},
      {"no https", [](auto& s) { s.iis = iis(kPool, kLimits, "http"); }, check::kNdesHttps,
       Verdict::warning},
      {"https with a certificate that is gone",
       [](auto& s) {
         s.binaries[{kBinding, "SslCertHash"}] = Bytes(20, 7);
       },
       check::kNdesHttps, Verdict::failed},
      {"https with a client's certificate", [&](auto& s) { bind(s, for_clients); },
       check::kNdesHttps, Verdict::failed},
      {"https with a self-signed certificate", [&](auto& s) { bind(s, self); }, check::kNdesHttps,
       Verdict::failed},
      {"an intermediate among the roots",
       [&](auto& s) { s.stores["ROOT"].push_back(certificates_.https.certificate); },
       check::kNdesRoots, Verdict::failed},
      {"one RA certificate", [&](auto& s) { s.stores["MY"] = {certificates_.signing.certificate}; },
       check::kNdesRaCertificates, Verdict::failed},
      {"an expired RA certificate", [&](auto& s) { s.stores["MY"].push_back(expired.certificate); },
       check::kNdesRaCertificates, Verdict::failed},
      {"an RA certificate that ends soon",
       [&](auto& s) { s.stores["MY"].push_back(ending.certificate); }, check::kNdesRaCertificates,
       Verdict::warning},
      {"no module",
       [](auto& s) {
         s.texts.erase({kMscep + "\\Modules", "Policy"});
       },
       check::kNdesModule, Verdict::failed},
      {"another module",
       [](auto& s) {
         s.texts[{kMscep + "\\Modules", "Policy"}] = "NDESPolicy.OTA.1";
       },
       check::kNdesModule, Verdict::warning},
      {"a module without its file", [](auto& s) { s.files.clear(); }, check::kNdesModule,
       Verdict::failed},
      {"a module without the agent's address",
       [](auto& s) {
         s.texts.erase({kSettings, "Agent"});
       },
       check::kNdesModuleSettings, Verdict::failed},
      {"a page of NDES", [](auto& s) { s.answers[kUrl] = 200; }, check::kNdesAnswers,
       Verdict::failed},
      {"a pool that has stopped", [](auto& s) { s.answers[kUrl] = 503; }, check::kNdesAnswers,
       Verdict::failed},
      {"an account without its right", [](auto& s) { s.answers[kCaps] = 500; },
       check::kNdesCapabilities, Verdict::failed},
      {"no NDES",
       [](auto& s) {
         s.texts.erase({kMscep + "\\CAInfo", "Configuration"});
       },
       check::kNdesInstalled, Verdict::unknown},
  };
  for (const Broken& one : all) {
    put_right(*server_);
    one.how(*server_);
    EXPECT_EQ(verdict(one.check), one.verdict) << one.what;
  }
}

TEST_F(NdesStageTest, NothingIsSaidOfAnotherSystem) {
  Parts parts{clock_, store_, {}, {}, {}, {}, {}, {}, {}, nullptr};
  Examination examination({});
  examine_windows(parts, examination);
  examine_ndes(parts, examination);
  EXPECT_TRUE(examination.findings().empty());
}

}  // namespace
}  // namespace certconnector::doctor
