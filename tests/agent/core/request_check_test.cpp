#include "agent/core/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::core {
namespace {

using crypto::GeneralName;
using crypto::GeneralNameKind;
using ::testing::HasSubstr;

const std::string kSid = "S-1-5-21-1004336348-1177238915-682003330-512";

// How a test wants its request; made with OpenSSL's own functions where ours would refuse.
struct RequestSpec {
  std::string extension;  // OpenSSL's configuration syntax: "basicConstraints" ...
  std::string value;
  int rsa_bits = 0;  // 0: P-256
  const EVP_MD* digest = EVP_sha256();
  std::string raw_oid;  // an extension that OpenSSL's syntax cannot say
  Bytes raw_value;
};

struct Free {
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(STACK_OF(X509_EXTENSION) * p) const { sk_X509_EXTENSION_free(p); }
  void operator()(ASN1_OCTET_STRING* p) const { ASN1_OCTET_STRING_free(p); }
  void operator()(ASN1_OBJECT* p) const { ASN1_OBJECT_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<X509_EXTENSION> raw_extension(const RequestSpec& spec) {
  const Owned<ASN1_OCTET_STRING> octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), spec.raw_value.data(),
                        static_cast<int>(spec.raw_value.size()));
  const Owned<ASN1_OBJECT> oid(OBJ_txt2obj(spec.raw_oid.c_str(), 1));
  return Owned<X509_EXTENSION>(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, octets.get()));
}

RequestSpec with_extension(const std::string& extension, const std::string& value) {
  RequestSpec spec;
  spec.extension = extension;
  spec.value = value;
  return spec;
}

RequestSpec with_raw(const std::string& oid, Bytes value) {
  RequestSpec spec;
  spec.raw_oid = oid;
  spec.raw_value = std::move(value);
  return spec;
}

RequestSpec with_key(int rsa_bits, const EVP_MD* digest) {
  RequestSpec spec;
  spec.rsa_bits = rsa_bits;
  spec.digest = digest;
  return spec;
}

RequestSpec with_names(const std::vector<GeneralName>& names) {
  return with_raw("2.5.29.17", crypto::encode_general_names(names).value());
}

RequestSpec with_sid_extension(const std::string& sid) {
  return with_raw("1.3.6.1.4.1.311.25.2", encode_security_identifier(sid));
}

GeneralName sid_name(const std::string& sid,
                     const std::string& prefix = std::string(kSidUriPrefix)) {
  return {GeneralNameKind::uri, prefix + sid};
}

Bytes make_request(const RequestSpec& spec) {
  const Owned<EVP_PKEY> key(spec.rsa_bits == 0
                                ? EVP_EC_gen("P-256")
                                : EVP_RSA_gen(static_cast<unsigned int>(spec.rsa_bits)));
  const Owned<X509_REQ> request(X509_REQ_new());
  X509_REQ_set_version(request.get(), 0);
  const std::string name = "dev1";
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key.get());
  const Owned<STACK_OF(X509_EXTENSION)> extensions(sk_X509_EXTENSION_new_null());
  Owned<X509_EXTENSION> extension;
  if (!spec.extension.empty()) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, nullptr, nullptr, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    extension.reset(
        X509V3_EXT_nconf(nullptr, &context, spec.extension.c_str(), spec.value.c_str()));
  }
  if (!spec.raw_oid.empty()) extension = raw_extension(spec);
  if (!spec.extension.empty() || !spec.raw_oid.empty()) {
    EXPECT_NE(extension, nullptr) << spec.extension;
    sk_X509_EXTENSION_push(extensions.get(), extension.get());
    X509_REQ_add_extensions(request.get(), extensions.get());
  }
  X509_REQ_sign(request.get(), key.get(), spec.digest);
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

IssueRequest job_with(Bytes pkcs10) {
  IssueRequest issue;
  issue.template_name = "device";
  issue.pkcs10 = std::move(pkcs10);
  return issue;
}

// The failure's code, or nothing.
std::string check(IssueRequest issue, std::string* message = nullptr) {
  const CheckedRequest checked = check_request(issue);
  const auto* refused = std::get_if<Failed>(&checked);
  if (refused == nullptr) return "";
  if (message != nullptr) *message = refused->message;
  return refused->code;
}

// The same for another party's CA.
std::string check_foreign(IssueRequest issue, std::string* message = nullptr) {
  const CheckedRequest checked = check_request(issue);
  const auto* request = std::get_if<crypto::Pkcs10>(&checked);
  if (request == nullptr) return std::get<Failed>(checked).code;
  const auto refused = check_for_foreign_ca(issue.at_most, *request);
  if (!refused) return "";
  if (message != nullptr) *message = refused->message;
  return refused->code;
}

TEST(RequestCheck, TakesAGoodRequest) {
  IssueRequest issue = job_with(testing::test_request());
  EXPECT_TRUE(std::holds_alternative<crypto::Pkcs10>(check_request(issue)));
}

TEST(RequestCheck, RefusesBadRequestsByCode) {
  const Bytes forged = testing::with_bent_signature(testing::test_request());
  Bytes trailing = testing::test_request();
  trailing.push_back(0);
  struct Case {
    const char* code;
    Bytes pkcs10;
  };
  const Case cases[] = {{"malformed_request", {}},
                        {"malformed_request", {0x30, 0x82}},
                        {"malformed_request", trailing},
                        {"malformed_request", Bytes(crypto::kMaxPkcs10Size, 0x30)},
                        {"request_too_large", Bytes(crypto::kMaxPkcs10Size + 1, 0x30)},
                        {"bad_signature", forged},
                        {"weak_key", make_request(with_key(1024, EVP_sha256()))},
                        {"weak_signature", make_request(with_key(0, EVP_sha1()))},
                        {"weak_signature", make_request(with_key(2048, EVP_md5()))}};
  for (const Case& c : cases) {
    std::string message;
    EXPECT_EQ(check(job_with(c.pkcs10), &message), c.code) << message;
    EXPECT_FALSE(message.empty());
  }
}

TEST(RequestCheck, AProofThatHeldOnArrivalIsNotVerifiedAgain) {
  const Bytes forged = testing::with_bent_signature(make_request({}));
  IssueRequest issue = job_with(forged);
  EXPECT_EQ(check(issue), "bad_signature");
  issue = job_with(forged);
  issue.proof_verified = true;
  EXPECT_EQ(check(issue), "");
}

// A CA of ours leaves out what another party's could copy.
TEST(RequestCheck, OnlyAForeignCaGetsNoOtherExtensions) {
  struct Case {
    RequestSpec request;
    const char* code;  // at a CA of ours
    const char* named;
  };
  const Case cases[] = {
      {with_extension("basicConstraints", "CA:TRUE"), "extension_not_allowed", "basicConstraints"},
      {with_extension("nameConstraints", "critical,permitted;DNS:example"), "extension_not_allowed",
       "nameConstraints"},
      {with_extension("nameConstraints", "permitted;DNS:example"), "", "nameConstraints"},
      {with_raw("2.5.29.32", {0x30, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2A}), "",
       "certificatePolicies"},
      {with_extension("1.2.3.4.5", "ASN1:NULL"), "", "1.2.3.4.5"}};
  for (const Case& c : cases) {
    const Bytes request = make_request(c.request);
    std::string message;
    EXPECT_EQ(check(job_with(request), &message), c.code) << c.named;
    EXPECT_EQ(check_foreign(job_with(request), &message), "extension_not_allowed") << c.named;
    EXPECT_THAT(message, HasSubstr(c.named));
  }
}

TEST(RequestCheck, TakesTheAllowedExtensions) {
  struct Case {
    const char* extension;
    const char* value;
  };
  const Case cases[] = {{"subjectAltName", "DNS:dev1.example,IP:192.0.2.1"},
                        {"keyUsage", "digitalSignature,keyEncipherment"},
                        {"extendedKeyUsage", "clientAuth"}};
  for (const Case& c : cases) {
    EXPECT_EQ(check(job_with(make_request(with_extension(c.extension, c.value)))), "")
        << c.extension;
  }
}

struct ExpectedCase {
  const char* name;
  ExpectedContent expected;
  const char* code;
  const char* in_message;
};

TEST(RequestCheck, ComparesWithWhatTheJobExpects) {
  const GeneralName dns{GeneralNameKind::dns, "dev1.example"};
  const std::vector<ExpectedCase> cases = {
      {"nothing expected", {}, "", ""},
      {"all of it", {"CN=dev1,O=Test", std::vector<GeneralName>{dns}, 0, {}}, "", ""},
      {"spaces and short names in other case", {"cn=dev1, o=Test", {}, {}, {}}, "", ""},
      {"names without regard to case and order of dns",
       {{}, std::vector<GeneralName>{{GeneralNameKind::dns, "DEV1.example"}, dns}, {}, {}},
       "",
       ""},
      {"another subject", {"CN=dev2,O=Test", {}, {}, {}}, "subject_mismatch", "CN=dev1,O=Test"},
      {"another order", {"O=Test,CN=dev1", {}, {}, {}}, "subject_mismatch", "O=Test,CN=dev1"},
      {"a value in other case", {"CN=DEV1,O= test", {}, {}, {}}, "", ""},
      {"another value", {"CN=dev 1,O=Test", {}, {}, {}}, "subject_mismatch", "CN=dev 1"},
      {"not a name", {"dev1", {}, {}, {}}, "bad_job", "RFC 4514"},
      {"a name too many in the request",
       {{}, std::vector<GeneralName>{}, {}, {}},
       "subject_alt_name_mismatch",
       "dns:dev1.example"},
      {"a name that is missing",
       {{}, std::vector<GeneralName>{dns, {GeneralNameKind::ip, "192.0.2.1"}}, {}, {}},
       "subject_alt_name_mismatch",
       "ip:192.0.2.1"},
      {"the same text of another kind",
       {{}, std::vector<GeneralName>{{GeneralNameKind::email, "dev1.example"}}, {}, {}},
       "subject_alt_name_mismatch",
       "email:dev1.example"},
      {"key usage",
       {{}, {}, std::uint16_t{crypto::kDigitalSignature}, {}},
       "key_usage_mismatch",
       "digitalSignature"},
      {"extended key usage",
       {{}, {}, {}, std::vector<std::string>{"1.3.6.1.5.5.7.3.2"}},
       "extended_key_usage_mismatch",
       "1.3.6.1.5.5.7.3.2"}};
  for (const ExpectedCase& c : cases) {
    IssueRequest issue = job_with(testing::test_request());
    issue.expected = c.expected;
    std::string message;
    EXPECT_EQ(check(issue, &message), c.code) << c.name << ": " << message;
    EXPECT_THAT(message, HasSubstr(c.in_message)) << c.name;
  }
}

TEST(RequestCheck, PurposesCompareInAnyOrder) {
  const std::string client = "1.3.6.1.5.5.7.3.2";
  const std::string server = "1.3.6.1.5.5.7.3.1";
  const Bytes request = make_request(with_extension("extendedKeyUsage", "clientAuth,serverAuth"));
  for (const auto& expected : {std::vector<std::string>{client, server}, {server, client}}) {
    IssueRequest issue = job_with(request);
    issue.expected.extended_key_usage = expected;
    EXPECT_EQ(check(issue), "");
  }
}

TEST(RequestCheck, AtAForeignCaABoundLetsLessThroughAndNothingMore) {
  constexpr std::uint16_t kBoth = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  const std::vector<std::string> kClient{"1.3.6.1.5.5.7.3.2"};
  struct BoundCase {
    const char* name;
    RequestSpec request;
    UsageBound bound;
    const char* code;
  };
  RequestSpec rsa = with_extension("keyUsage", "digitalSignature,keyEncipherment");
  rsa.rsa_bits = 2048;
  const RequestSpec signs = with_extension("keyUsage", "digitalSignature");
  RequestSpec rsa_data = with_extension("keyUsage", "dataEncipherment");
  rsa_data.rsa_bits = 2048;
  const RequestSpec ec =
      with_extension("keyUsage", "digitalSignature,keyEncipherment,dataEncipherment");
  const RequestSpec client = with_extension("extendedKeyUsage", "clientAuth");
  const RequestSpec both = with_extension("extendedKeyUsage", "clientAuth,serverAuth");
  const BoundCase cases[] = {
      {"nothing asked", {}, {crypto::kDigitalSignature, kClient}, ""},
      {"the same", rsa, {kBoth, {}}, ""},
      {"less", signs, {kBoth, {}}, ""},
      {"more", rsa, {crypto::kDigitalSignature, {}}, "key_usage_mismatch"},
      {"what an EC key cannot do anyway", ec, {crypto::kDigitalSignature, {}}, ""},
      {"what an RSA key can do", rsa_data, {crypto::kDigitalSignature, {}}, "key_usage_mismatch"},
      {"another usage", signs, {crypto::kKeyAgreement, {}}, "key_usage_mismatch"},
      {"the same purpose", client, {{}, kClient}, ""},
      {"a purpose more", both, {{}, kClient}, "extended_key_usage_mismatch"},
  };
  for (const BoundCase& c : cases) {
    IssueRequest issue = job_with(make_request(c.request));
    issue.at_most = c.bound;
    std::string message;
    EXPECT_EQ(check(issue), "") << c.name << ": a CA of ours cuts the certificate";
    EXPECT_EQ(check_foreign(issue, &message), c.code) << c.name << ": " << message;
    if (*c.code != '\0') {
      EXPECT_THAT(message, HasSubstr("enroll anew with a challenge"));
    }
  }
}

TEST(RequestCheck, LetsOnlyTheJobsOwnSidThrough) {
  const std::string other = "S-1-5-21-1-2-3-500";
  struct Case {
    const char* name;
    RequestSpec request;
    std::optional<std::string> sid;
    const char* code;
  };
  const GeneralName dns{GeneralNameKind::dns, "dev1.example"};
  const GeneralName shouted = sid_name(other, "TAG:Microsoft.com,2022-09-14:SID:");
  const Case cases[] = {
      {"the same in a name", with_names({dns, sid_name(kSid)}), kSid, ""},
      {"the same in the extension", with_sid_extension(kSid), kSid, ""},
      {"carried, not asked for", {}, kSid, ""},
      {"in a name, not carried", with_names({dns, sid_name(kSid)}), {}, "sid_not_allowed"},
      {"in the extension, not carried", with_sid_extension(kSid), {}, "sid_not_allowed"},
      {"another in a name", with_names({sid_name(other)}), kSid, "sid_not_allowed"},
      {"another beside it", with_names({sid_name(kSid), sid_name(other)}), kSid, "sid_not_allowed"},
      {"another in the extension", with_sid_extension(other), kSid, "sid_not_allowed"},
      {"another, in capitals", with_names({shouted}), kSid, "sid_not_allowed"},
      {"garbage in the extension", with_raw("1.3.6.1.4.1.311.25.2", {0x30, 0x00}), kSid,
       "malformed_request"}};
  for (const Case& c : cases) {
    IssueRequest issue = job_with(make_request(c.request));
    issue.sid = c.sid;
    EXPECT_EQ(check(issue), c.code) << c.name;
  }
}

TEST(RequestCheck, TheJobsSidNeedNotBeAmongTheExpectedNames) {
  IssueRequest issue =
      job_with(make_request(with_names({{GeneralNameKind::dns, "dev1.example"}, sid_name(kSid)})));
  issue.sid = kSid;
  issue.expected.subject_alt_names = {{GeneralNameKind::dns, "dev1.example"}};
  EXPECT_EQ(check(issue), "");
}

TEST(SecurityIdentifier, IsEncodedAsMicrosoftDescribesIt) {
  const Bytes der = encode_security_identifier("S-1-5-18");
  const Bytes expected = {0x30, 0x1A, 0xA0, 0x18, 0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04,
                          0x01, 0x82, 0x37, 0x19, 0x02, 0x01, 0xA0, 0x0A, 0x04, 0x08,
                          'S',  '-',  '1',  '-',  '5',  '-',  '1',  '8'};
  EXPECT_EQ(der, expected);
  EXPECT_EQ(parse_security_identifier(der), "S-1-5-18");
}

TEST(SecurityIdentifier, LongOnesComeBackWhole) {
  std::string sid = "S-1-5";
  while (sid.size() < 180) sid += "-123";
  EXPECT_EQ(parse_security_identifier(encode_security_identifier(sid)), sid);
}

TEST(SecurityIdentifier, OtherFormsAreRefused) {
  Bytes der = encode_security_identifier("S-1-5-18");
  der.push_back(0);
  EXPECT_FALSE(parse_security_identifier(der).has_value());
  EXPECT_FALSE(parse_security_identifier(Bytes{}).has_value());
  EXPECT_FALSE(parse_security_identifier(encode_security_identifier("S-1-5-x")).has_value());
}

}  // namespace
}  // namespace certconnector::core
