// Requests of the real openssl program, with OpenSSL's own parser as the judge.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/pkcs10.h"
#include "tests/common/crypto/request_builder.h"
#include "tests/support/program.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

using X509ReqPtr = std::unique_ptr<X509_REQ, OpensslDeleter<X509_REQ_free>>;

constexpr std::string_view kConfiguration = R"([req]
prompt = no
distinguished_name = name
attributes = attributes
req_extensions = extensions
string_mask = utf8only
utf8 = yes
[name]
C = DE
O = Größe + Co, \"Ltd\"
CN = device1.example
[attributes]
challengePassword = top-secret
unstructuredName = something
[extensions]
subjectAltName = DNS:device1.example,email:a@device1.example,URI:urn:x,IP:192.0.2.7,IP:2001:db8::7,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@example
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = clientAuth,1.2.3.4
)";

struct RequestRow {
  std::string name;
  std::vector<std::string> key;      // arguments of openssl genpkey
  std::vector<std::string> request;  // arguments of openssl req
  CryptoErrc reason = CryptoErrc::weak;
};

std::ostream& operator<<(std::ostream& out, const RequestRow& row) { return out << row.name; }

class OpensslRequest : public ::testing::TestWithParam<RequestRow> {
 protected:
  // Empty when the program failed.
  [[nodiscard]] Bytes make_request(const RequestRow& row) const {
    directory_.write("req.cnf", kConfiguration);
    std::vector<std::string> genpkey{"openssl", "genpkey", "-out", directory_.file("key.pem")};
    genpkey.insert(genpkey.end(), row.key.begin(), row.key.end());
    const auto key = testing::run_program(genpkey);
    EXPECT_EQ(key.exit_code, 0) << key.output;
    std::vector<std::string> req{"openssl",
                                 "req",
                                 "-new",
                                 "-config",
                                 directory_.file("req.cnf"),
                                 "-key",
                                 directory_.file("key.pem"),
                                 "-outform",
                                 "DER",
                                 "-out",
                                 directory_.file("req.der")};
    req.insert(req.end(), row.request.begin(), row.request.end());
    const auto made = testing::run_program(req);
    EXPECT_EQ(made.exit_code, 0) << made.output;
    return as_bytes(directory_.read("req.der")).to_bytes();
  }

 private:
  testing::TempDirectory directory_;
};

X509ReqPtr decode(const Bytes& der) {
  const unsigned char* at = der.data();
  return X509ReqPtr(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
}

Bytes subject_of(X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(X509_REQ_get_subject_name(request), &der);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

TEST_P(OpensslRequest, IsReadAsOpensslReadsIt) {
  const Bytes der = make_request(GetParam());
  const auto parsed = Pkcs10::parse(der);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  const X509ReqPtr oracle = decode(der);
  ASSERT_NE(oracle, nullptr);
  EXPECT_EQ(parsed->subject(), ByteView(subject_of(oracle.get())));
  EXPECT_EQ(parsed->key_bits(), EVP_PKEY_get_bits(X509_REQ_get0_pubkey(oracle.get())));
  EXPECT_EQ(to_rfc4514(parse_name(parsed->subject()).value()),
            "CN=device1.example,O=Gr\xC3\xB6\xC3\x9F"
            "e \\+ Co\\, \\\"Ltd\\\",C=DE");
  EXPECT_EQ(parsed->challenge_password(), "top-secret");
  EXPECT_EQ(parsed->key_usage().value(), kDigitalSignature | kKeyEncipherment);
  EXPECT_TRUE(parsed->find_extension(oid::kKeyUsage)->critical);
  EXPECT_THAT(parsed->extended_key_usage().value(),
              ::testing::ElementsAre("1.3.6.1.5.5.7.3.2", "1.2.3.4"));
  const std::vector<GeneralName> names{
      {GeneralNameKind::dns, "device1.example"}, {GeneralNameKind::email, "a@device1.example"},
      {GeneralNameKind::uri, "urn:x"},           {GeneralNameKind::ip, "192.0.2.7"},
      {GeneralNameKind::ip, "2001:db8::7"},      {GeneralNameKind::upn, "u@example"}};
  EXPECT_EQ(parsed->subject_alt_names().value(), names);
}

std::vector<std::string> rsa(const std::string& bits) {
  return {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits};
}

std::vector<std::string> ec(const std::string& curve) {
  return {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve};
}

std::string name_of(const ::testing::TestParamInfo<RequestRow>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Accepted, OpensslRequest,
    ::testing::Values(
        RequestRow{"Rsa2048Sha256", rsa("2048"), {"-sha256"}},
        RequestRow{"Rsa2048Sha384", rsa("2048"), {"-sha384"}},
        RequestRow{"Rsa2048Sha512", rsa("2048"), {"-sha512"}},
        RequestRow{"Rsa3072", rsa("3072"), {"-sha256"}},
        RequestRow{"RsaPss",
                   rsa("2048"),
                   {"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}},
        RequestRow{"RsaPss512Salt0",
                   rsa("2048"),
                   {"-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:0"}},
        RequestRow{"P256Sha256", ec("P-256"), {"-sha256"}},
        RequestRow{"P256Sha512", ec("P-256"), {"-sha512"}},
        RequestRow{"P384Sha384", ec("P-384"), {"-sha384"}},
        RequestRow{"P521Sha512", ec("P-521"), {"-sha512"}},
        RequestRow{"Rsa2048Exponent3",
                   {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
                    "rsa_keygen_pubexp:3"},
                   {"-sha256"}}),
    name_of);

class OpensslWeakRequest : public OpensslRequest {};

TEST_P(OpensslWeakRequest, IsRefusedThoughOpensslVerifiesIt) {
  const Bytes der = make_request(GetParam());
  const X509ReqPtr oracle = decode(der);
  ASSERT_NE(oracle, nullptr);
  ASSERT_EQ(X509_REQ_verify(oracle.get(), X509_REQ_get0_pubkey(oracle.get())), 1);
  const auto parsed = Pkcs10::parse(der);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code().name, error_code(GetParam().reason).name)
      << parsed.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Weak, OpensslWeakRequest,
    ::testing::Values(RequestRow{"Rsa1024", rsa("1024"), {"-sha256"}, CryptoErrc::weak},
                      RequestRow{"Md5", rsa("2048"), {"-md5"}, CryptoErrc::weak_signature},
                      RequestRow{"Sha1", rsa("2048"), {"-sha1"}, CryptoErrc::weak_signature},
                      RequestRow{"EcSha1", ec("P-256"), {"-sha1"}, CryptoErrc::weak_signature}),
    name_of);

TEST_P(OpensslWeakRequest, Sha1AloneIsTakenWhereItIsGoodEnough) {
  const Bytes der = make_request(GetParam());
  const auto parsed = Pkcs10::parse(der, ProofOfPossession::verify_sha1);
  const bool sha1 = GetParam().name.find("Sha1") != std::string::npos;
  EXPECT_EQ(parsed.ok(), sha1);
  if (!sha1) return;
  const auto refused =
      Pkcs10::parse(testing::with_bent_signature(der), ProofOfPossession::verify_sha1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code().name, error_code(CryptoErrc::bad_signature).name);
}

// Our own requests must be good to others too.
TEST(OurRequest, VerifiesWithOpenssl) {
  Pkcs10Spec spec;
  spec.subject = parse_rfc4514("CN=agent1,O=Test").value();
  spec.subject_alt_names = {{GeneralNameKind::upn, "agent1@example"}};
  spec.key_usage = kDigitalSignature;
  spec.extended_key_usage = {std::string(oid::kClientAuth)};
  spec.challenge_password = "secret";
  for (const PrivateKey& key :
       {rsa_key(), ec_key(), PrivateKey::generate({KeyKind::ec, 521}).value()}) {
    const X509ReqPtr oracle = decode(make_pkcs10(key, spec).value());
    ASSERT_NE(oracle, nullptr);
    EXPECT_EQ(X509_REQ_verify(oracle.get(), X509_REQ_get0_pubkey(oracle.get())), 1);
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(oracle.get());
    EXPECT_EQ(sk_X509_EXTENSION_num(extensions), 3);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    EXPECT_GE(X509_REQ_get_attr_by_NID(oracle.get(), NID_pkcs9_challengePassword, -1), 0);
  }
}

}  // namespace
}  // namespace certconnector::crypto
