// The registered DLL, as NDES loads it: by the program's name in MSCEP\\Modules, through COM. The
// agent is a TLS server of this process.
#include <windows.h>
#include <gtest/gtest.h>
#include <objbase.h>
#include <psapi.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "agent/ndes_policy/windows/ndes_policy_interface.h"
#include "agent/ndes_policy/windows/registry_settings.h"
#include "agent/platform/files.h"
#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/wide.h"
#include "tests/agent/ndes_policy/listening_agent.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy::testing {
namespace {

namespace wire = registration_wire;
using platform::RegistryKey;

constexpr const wchar_t* kModules = L"SOFTWARE\\Microsoft\\Cryptography\\MSCEP\\Modules";
constexpr const wchar_t* kOther = L"Other.Policy.1";

class Apartment {
 public:
  explicit Apartment(DWORD model) : entered_(SUCCEEDED(::CoInitializeEx(nullptr, model))) {}
  ~Apartment() {
    if (entered_) ::CoUninitialize();
  }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;

 private:
  const bool entered_;
};

struct ReleaseModule {
  void operator()(NdesPolicyInterface* module) const { module->Release(); }
};
using ModulePtr = std::unique_ptr<NdesPolicyInterface, ReleaseModule>;

// Calls an entry of the DLL as regsvr32 does.
HRESULT call_dll(const char* entry) {
  const HMODULE dll = ::LoadLibraryW(platform::wide(CC_NDES_POLICY_DLL).c_str());
  if (dll == nullptr) return HRESULT_FROM_WIN32(::GetLastError());
  const auto found = ::GetProcAddress(dll, entry);
  if (found == nullptr) return E_NOTIMPL;
  return reinterpret_cast<HRESULT(WINAPI*)()>(reinterpret_cast<void*>(found))();
}

std::string registered_policy() {
  const auto key = RegistryKey::open(kModules).value();
  return key ? key->text(L"Policy").value().value_or("none") : "no key";
}

ModulePtr make_module() {
  CLSID clsid{};
  const std::wstring name = platform::wide(registered_policy());
  if (FAILED(::CLSIDFromProgID(name.c_str(), &clsid))) return nullptr;
  void* made = nullptr;
  ::CoCreateInstance(clsid, nullptr, CLSCTX_INPROC_SERVER, kNdesPolicyIid, &made);
  return ModulePtr(static_cast<NdesPolicyInterface*>(made));
}

class ModuleTest : public ::testing::Test {
 protected:
  ModuleTest() {
    forget_settings();
    folder_.write("agent-ca.pem", agent_.pki.root().certificate.to_pem());
    folder_.write("client.pem", agent_.client().chain);
    EXPECT_TRUE(platform::create_file(folder_.file("client.key"), agent_.client().key,
                                      platform::FileMode::secret)
                    .ok());
    set(L"Agent", "https://127.0.0.1:" + std::to_string(agent_.address().port));
    set(L"AgentCaFile", folder_.file("agent-ca.pem"));
    set(L"CertificateFile", folder_.file("client.pem"));
    set(L"KeyFile", folder_.file("client.key"));
    set(L"DataFolder", folder_.file("data"));
    EXPECT_EQ(call_dll("DllRegisterServer"), S_OK);
  }
  ~ModuleTest() override {
    call_dll("DllUnregisterServer");
    forget_settings();
  }

  static void forget_settings() {
    EXPECT_TRUE(platform::remove_registry_key(kSettingsKey).ok());
    EXPECT_TRUE(platform::remove_registry_key(kModules).ok());
  }

  static void set(const wchar_t* name, const std::string& value) {
    EXPECT_TRUE(RegistryKey::make(kSettingsKey).value().set_text(name, value).ok());
  }
  ModulePtr started() {
    ModulePtr module = make_module();
    EXPECT_NE(module, nullptr);
    if (module) {
      EXPECT_EQ(module->Initialize(), S_OK);
    }
    return module;
  }
  // 1: verified, 0: not; else the HRESULT that failed.
  static LONG verify(NdesPolicyInterface& module, PCWSTR transaction = L"T-1") {
    std::array<BYTE, 2> octets{0x30, 0x00};
    TransferBlob request{static_cast<ULONG>(octets.size()), octets.data()};
    BOOL verified = 7;
    const HRESULT result =
        module.VerifyRequest(&request, nullptr, L"Device", transaction, &verified);
    return FAILED(result) ? result : verified;
  }
  std::string log() const { return folder_.read("data/policy.log"); }

  const Apartment apartment_{COINIT_MULTITHREADED};
  certconnector::testing::TempDirectory folder_;
  ListeningAgent agent_{wire::encode_verify_answer(std::nullopt)};
};

TEST_F(ModuleTest, VerifiesAtTheAgentInAnyApartment) {
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(verify(*module), 1);
  LONG in_sta = -1;
  std::thread([&] {
    const Apartment sta(COINIT_APARTMENTTHREADED);
    const ModulePtr other = started();
    if (other) in_sta = verify(*other);
  }).join();
  EXPECT_EQ(in_sta, 1);
  const auto asked = agent_.asked(2);
  EXPECT_EQ(asked[0].path, "/CertificateRegistrationSvc/v2/verify");
  EXPECT_EQ(*asked[0].peer_certificate, agent_.pki.client().certificate.der());
  EXPECT_EQ(wire::decode_verify_request(asked[0].body)->template_name, "Device");
  EXPECT_EQ(module->Uninitialize(), S_OK);
}

TEST_F(ModuleTest, IsTheModuleOfNdesUntilItIsRemoved) {
  EXPECT_EQ(registered_policy(), platform::narrow(kPolicyModuleProgId));
  EXPECT_EQ(call_dll("DllRegisterServer"), S_OK) << "again";
  EXPECT_EQ(call_dll("DllUnregisterServer"), S_OK);
  EXPECT_EQ(registered_policy(), "none") << "NDES had none before";
  EXPECT_EQ(call_dll("DllUnregisterServer"), S_OK) << "again";
}

TEST_F(ModuleTest, TheFormerModuleComesBack) {
  call_dll("DllUnregisterServer");
  auto modules = RegistryKey::make(kModules).value();
  ASSERT_TRUE(modules.set_text(L"Policy", platform::narrow(kOther)).ok());
  EXPECT_EQ(call_dll("DllRegisterServer"), S_OK);
  EXPECT_EQ(call_dll("DllRegisterServer"), S_OK) << "an upgrade";
  EXPECT_EQ(registered_policy(), platform::narrow(kPolicyModuleProgId));
  EXPECT_EQ(call_dll("DllUnregisterServer"), S_OK);
  EXPECT_EQ(registered_policy(), platform::narrow(kOther));
}

TEST_F(ModuleTest, AModuleThatCameLaterStays) {
  auto modules = RegistryKey::make(kModules).value();
  ASSERT_TRUE(modules.set_text(L"Policy", platform::narrow(kOther)).ok());
  EXPECT_EQ(call_dll("DllUnregisterServer"), S_OK);
  EXPECT_EQ(registered_policy(), platform::narrow(kOther));
}

TEST_F(ModuleTest, WithoutSettingsNdesStartsAndNothingIsVerified) {
  auto settings = RegistryKey::make(kSettingsKey).value();
  ASSERT_TRUE(settings.remove_value(L"Agent").ok());
  ASSERT_TRUE(settings.set_text(L"DeadlineSeconds", "ten").ok());
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(verify(*module), 0);
  EXPECT_EQ(agent_.asked(0).size(), 0U);
  EXPECT_NE(log().find("Agent is not https://HOST:PORT"), std::string::npos) << log();
  EXPECT_NE(log().find("DeadlineSeconds"), std::string::npos) << log();
}

TEST_F(ModuleTest, WithoutItsCertificateNothingIsVerified) {
  set(L"CertificateFile", folder_.file("no.pem"));
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(verify(*module), 0);
  folder_.write("no.pem", agent_.client().chain);
  EXPECT_EQ(verify(*module), 1) << "it came";
}

TEST_F(ModuleTest, TakesBadCallsWithoutHarm) {
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  std::array<BYTE, 4> octets{0x30, 0x02, 0x01, 0x02};
  TransferBlob good{4, octets.data()};
  TransferBlob empty{0, nullptr};
  TransferBlob wild{4, nullptr};
  BOOL verified = TRUE;
  EXPECT_EQ(module->VerifyRequest(&good, nullptr, L"Device", L"T", nullptr), E_POINTER);
  for (TransferBlob* request : {static_cast<TransferBlob*>(nullptr), &wild}) {
    verified = TRUE;
    EXPECT_EQ(module->VerifyRequest(request, nullptr, L"Device", L"T", &verified), E_INVALIDARG);
    EXPECT_EQ(verified, FALSE);
  }
  EXPECT_EQ(module->VerifyRequest(&good, &empty, L"Device", L"T", &verified), E_INVALIDARG)
      << "no first request";
  EXPECT_EQ(module->VerifyRequest(&good, &wild, L"Device", L"T", &verified), E_INVALIDARG);
  verified = TRUE;
  EXPECT_EQ(module->VerifyRequest(&empty, nullptr, L"Device", L"T", &verified), S_OK);
  EXPECT_EQ(verified, FALSE);
  for (PCWSTR text : {static_cast<PCWSTR>(nullptr), L""}) {
    verified = TRUE;
    EXPECT_EQ(module->VerifyRequest(&good, nullptr, text, L"T", &verified), S_OK);
    EXPECT_EQ(verified, FALSE);
    EXPECT_EQ(module->VerifyRequest(&good, nullptr, L"Device", text, &verified), S_OK);
    EXPECT_EQ(verified, FALSE);
  }
  std::vector<BYTE> huge(16 * 1024 * 1024);
  TransferBlob large{static_cast<ULONG>(huge.size()), huge.data()};
  EXPECT_EQ(module->VerifyRequest(&large, nullptr, L"Device", L"T", &verified), S_OK);
  EXPECT_EQ(verified, FALSE);
  const std::wstring long_text(100000, L'x');
  EXPECT_EQ(module->VerifyRequest(&good, nullptr, long_text.c_str(), L"T", &verified),
            E_INVALIDARG);
  EXPECT_EQ(module->Notify(nullptr, nullptr, kScepSuccess, 0, nullptr), S_OK);
  EXPECT_EQ(module->Notify(L"c", L"T", kScepSuccess, 0, &wild), E_INVALIDARG);
  EXPECT_EQ(module->GenerateChallenge(L"Device", L"", nullptr), E_POINTER);
  PWSTR response = nullptr;
  EXPECT_EQ(module->GenerateChallenge(nullptr, nullptr, &response), E_INVALIDARG);
  EXPECT_EQ(agent_.asked(0).size(), 0U);
}

TEST_F(ModuleTest, AnswersOnlyBetweenItsBeginAndItsEnd) {
  const ModulePtr module = make_module();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(verify(*module), HRESULT_FROM_WIN32(ERROR_NOT_READY));
  EXPECT_EQ(module->Uninitialize(), S_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(module->Initialize(), S_OK);
    EXPECT_EQ(module->Initialize(), S_OK) << "twice";
    EXPECT_EQ(verify(*module), 1);
    EXPECT_EQ(module->Uninitialize(), S_OK);
    EXPECT_EQ(verify(*module), HRESULT_FROM_WIN32(ERROR_NOT_READY));
  }
}

TEST_F(ModuleTest, TwoHundredCallsAtOnce) {
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  std::atomic<int> verified{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&, model = i % 2 == 0 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED] {
      const Apartment apartment(model);
      if (verify(*module) == 1) ++verified;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, 200);
  EXPECT_EQ(module->Uninitialize(), S_OK);
}

std::size_t private_octets() {
  PROCESS_MEMORY_COUNTERS_EX counters{};
  ::GetProcessMemoryInfo(::GetCurrentProcess(),
                         reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&counters), sizeof(counters));
  return counters.PrivateUsage;
}

TEST_F(ModuleTest, TenThousandCallsTakeNoMoreMemory) {
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  agent_.forget_requests();
  const auto calls = [&](int count) {
    int verified = 0;
    for (int i = 0; i < count; ++i) verified += verify(*module) == 1 ? 1 : 0;
    return verified;
  };
  EXPECT_EQ(calls(2000), 2000);
  const std::size_t before = private_octets();
  EXPECT_EQ(calls(8000), 8000);
  EXPECT_LT(private_octets(), before + std::size_t{2} * 1024 * 1024);
}

class ChallengeModuleTest : public ModuleTest {
 protected:
  ChallengeModuleTest() { agent_.answer(wire::encode_challenge_answer("abc\xC3\xA4")); }
};

TEST_F(ChallengeModuleTest, GivesThePasswordInMemoryThatNdesFrees) {
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  PWSTR response = nullptr;
  ASSERT_EQ(module->GenerateChallenge(L"Device", L"for=laptop", &response), S_OK);
  EXPECT_STREQ(response, L"abc\u00e4");
  EXPECT_EQ(::LocalFree(response), nullptr);
  EXPECT_EQ(wire::decode_challenge_request(agent_.asked(1)[0].body)->parameters, "for=laptop");
  EXPECT_EQ(log().find("abc"), std::string::npos);
}

class NotifyModuleTest : public ModuleTest {
 protected:
  NotifyModuleTest() { agent_.answer(wire::encode_notify_answer(wire::Standing::issued)); }
};

TEST_F(NotifyModuleTest, ReportsOutcomesAlsoTheNextTime) {
  std::array<BYTE, 2> octets{0x30, 0x00};
  TransferBlob issued{2, octets.data()};
  set(L"KeyFile", folder_.file("none"));
  {
    const ModulePtr module = started();
    ASSERT_NE(module, nullptr);
    EXPECT_EQ(module->Notify(L"Secret-42", L"T-1", kScepSuccess, 0, &issued), S_OK);
    EXPECT_EQ(module->Uninitialize(), S_OK);
  }
  set(L"KeyFile", folder_.file("client.key"));
  const ModulePtr module = started();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(module->Notify(nullptr, L"T-2", kScepFailure, E_ACCESSDENIED, nullptr), S_OK);
  const auto asked = agent_.asked(2);
  ASSERT_EQ(asked.size(), 2U);
  const auto first = wire::decode_notification(asked[0].body).value();
  EXPECT_EQ(first.transaction_id, "T-1");
  EXPECT_EQ(first.certificate, (Bytes{0x30, 0x00}));
  EXPECT_EQ(first.challenge, "");
  EXPECT_EQ(first.challenge_sha256.size(), 32U);
  const auto second = wire::decode_notification(asked[1].body).value();
  EXPECT_EQ(second.disposition, wire::Disposition::failure);
  EXPECT_EQ(second.hresult, E_ACCESSDENIED);
  EXPECT_EQ(log().find("Secret-42"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
