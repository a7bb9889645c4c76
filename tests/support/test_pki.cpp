#include "tests/support/test_pki.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "common/crypto/openssl_ptr.h"

namespace certconnector::testing {
namespace {

using crypto::OpensslDeleter;
using crypto::X509Ptr;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>>;
using NamePtr = std::unique_ptr<X509_NAME, OpensslDeleter<X509_NAME_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpensslDeleter<ASN1_OBJECT_free>>;
using OctetStringPtr = std::unique_ptr<ASN1_OCTET_STRING, OpensslDeleter<ASN1_OCTET_STRING_free>>;
using Pkcs12Ptr = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>>;

void require(bool good, const char* doing) {
  if (!good) throw std::runtime_error(std::string("OpenSSL refused: ") + doing);
}

template <typename T>
T require_value(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

NamePtr make_name(const std::string& text) {
  const auto name = require_value(crypto::parse_rfc4514(text));
  const Bytes der = crypto::encode_name(name);
  const unsigned char* at = der.data();
  NamePtr out(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  require(out != nullptr, "the name");
  return out;
}

void set_time(ASN1_TIME* field, Timestamp t) {
  // By days: a `long` of seconds ends in 2038 on some systems, and a time_t before 1970 is refused.
  using Days = std::chrono::duration<int, std::ratio<86400>>;
  const auto days = std::chrono::floor<Days>(t.time_since_epoch());
  const auto rest = std::chrono::floor<std::chrono::seconds>(t.time_since_epoch() - days);
  require(ASN1_TIME_adj(field, 0, days.count(), static_cast<long>(rest.count())) != nullptr,
          "a time");  // NOLINT
}

void add_extension(X509* x509, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension != nullptr, value.c_str());
  require(X509_add_ext(x509, extension.get(), -1) == 1, "adding an extension");
}

void add_raw_extension(X509* x509, const std::string& oid, const Bytes& value, int critical) {
  const ObjectPtr object(OBJ_txt2obj(oid.c_str(), 1));
  const OctetStringPtr octets(ASN1_OCTET_STRING_new());
  require(ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size())) == 1,
          "an extension's value");
  const ExtensionPtr extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical, octets.get()));
  require(extension != nullptr, oid.c_str());
  require(X509_add_ext(x509, extension.get(), -1) == 1, "adding an extension");
}

void add_extensions(X509* x509, X509* issuer, const CertificateSpec& spec) {
  std::string constraints = spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE";
  if (spec.ca && spec.path_length >= 0) {
    constraints += ",pathlen:" + std::to_string(spec.path_length);
  }
  add_extension(x509, issuer, NID_basic_constraints, constraints);
  add_extension(x509, issuer, NID_subject_key_identifier, "hash");
  const std::string usage =
      spec.ca && spec.key_usage.empty() ? "keyCertSign,cRLSign" : spec.key_usage;
  if (!usage.empty()) add_extension(x509, issuer, NID_key_usage, "critical," + usage);
  add_extension(x509, issuer, NID_ext_key_usage, spec.extended_key_usage);
  add_extension(x509, issuer, NID_subject_alt_name, spec.subject_alt_names);
  for (const auto& [oid, value] : spec.raw_extensions) add_raw_extension(x509, oid, value, 0);
  for (const auto& [oid, value] : spec.critical_extensions) add_raw_extension(x509, oid, value, 1);
  if (x509 != issuer) add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
}

X509Ptr decode(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));  // NOLINT
  require(x509 != nullptr, "a certificate");
  return x509;
}

crypto::Certificate encode(X509* x509) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509, &der);
  require(size > 0, "encoding a certificate");
  const Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return require_value(crypto::Certificate::from_der(bytes));
}

// `issuer` is null for a self-signed certificate.
crypto::Certificate make_certificate(const CertificateSpec& spec, EVP_PKEY* key,
                                     const Credential* issuer) {
  const X509Ptr x509(X509_new());
  const X509Ptr issuer_x509 = issuer != nullptr ? decode(issuer->certificate) : nullptr;
  X509* const signer = issuer_x509 ? issuer_x509.get() : x509.get();
  const NamePtr subject = make_name(spec.subject);
  Bytes serial = spec.serial;
  if (serial.empty()) {
    serial = crypto::random_bytes(8);
    serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7FU) | 0x40U);
  }
  require(ASN1_STRING_set(X509_get_serialNumber(x509.get()), serial.data(),
                          static_cast<int>(serial.size())) == 1,
          "the serial number");
  require(X509_set_version(x509.get(), X509_VERSION_3) == 1, "the version");
  require(X509_set_subject_name(x509.get(), subject.get()) == 1, "the subject");
  require(X509_set_issuer_name(x509.get(), X509_get_subject_name(signer)) == 1, "the issuer");
  require(X509_set_pubkey(x509.get(), key) == 1, "the key");
  set_time(X509_getm_notBefore(x509.get()), spec.not_before);
  set_time(X509_getm_notAfter(x509.get()), spec.not_after);
  add_extensions(x509.get(), signer, spec);
  EVP_PKEY* const signing_key = issuer != nullptr ? issuer->key.native() : key;
  require(X509_sign(x509.get(), signing_key, EVP_sha256()) > 0, "signing");
  return encode(x509.get());
}

CertificateSpec ca_spec(std::string subject) {
  CertificateSpec spec;
  spec.subject = std::move(subject);
  spec.ca = true;
  return spec;
}

CertificateSpec server_spec() {
  CertificateSpec spec;
  spec.subject = "CN=localhost,O=Test";
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "serverAuth";
  spec.subject_alt_names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  return spec;
}

CertificateSpec client_spec() {
  CertificateSpec spec;
  spec.subject = "CN=agent1,O=Test";
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "clientAuth";
  return spec;
}

}  // namespace

std::string Credential::key_pem() const { return require_value(key.to_pkcs8_pem()); }

Credential make_self_signed(const CertificateSpec& spec, crypto::KeySpec key) {
  crypto::PrivateKey made = require_value(crypto::PrivateKey::generate(key));
  crypto::Certificate certificate = make_certificate(spec, made.native(), nullptr);
  return {std::move(made), std::move(certificate)};
}

Credential issue(const Credential& issuer, const CertificateSpec& spec, crypto::KeySpec key) {
  crypto::PrivateKey made = require_value(crypto::PrivateKey::generate(key));
  crypto::Certificate certificate = make_certificate(spec, made.native(), &issuer);
  return {std::move(made), std::move(certificate)};
}

crypto::Certificate issue_for_key(const Credential& issuer, const CertificateSpec& spec,
                                  const crypto::PrivateKey& key) {
  return make_certificate(spec, key.native(), &issuer);
}

crypto::Certificate issue_for_public_key(const Credential& issuer, const CertificateSpec& spec,
                                         const Bytes& public_key_info) {
  const unsigned char* at = public_key_info.data();
  const std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>> key(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key_info.size())));  // NOLINT
  require(key != nullptr, "a public key");
  return make_certificate(spec, key.get(), &issuer);
}

Bytes with_bent_signature(Bytes der) {
  if (der.empty()) throw std::runtime_error("there is no signature to bend");
  der.back() ^= 1U;
  return der;
}

TestPki::TestPki()
    : root_(make_self_signed(ca_spec("CN=Test Root,O=Test"))),
      intermediate_(issue(root_, ca_spec("CN=Test Intermediate,O=Test"))),
      server_(issue(intermediate_, server_spec())),
      client_(issue(intermediate_, client_spec())) {}

std::string TestPki::server_chain_pem() const {
  return server_.certificate.to_pem() + intermediate_.certificate.to_pem();
}

std::string TestPki::client_chain_pem() const {
  return client_.certificate.to_pem() + intermediate_.certificate.to_pem();
}

void TestPki::write_to(const TempDirectory& directory) const {
  directory.write("root.pem", root_.certificate.to_pem());
  directory.write("intermediate.pem", intermediate_.certificate.to_pem());
  directory.write("server.pem", server_chain_pem());
  directory.write("server.key.pem", server_.key_pem());
  directory.write("client.pem", client_chain_pem());
  directory.write("client.key.pem", client_.key_pem());
}

Bytes make_pkcs12(const Credential& leaf, const std::vector<crypto::Certificate>& chain,
                  const std::string& passphrase) {
  const X509Ptr certificate = decode(leaf.certificate);
  STACK_OF(X509)* others = sk_X509_new_null();
  for (const crypto::Certificate& one : chain) sk_X509_push(others, decode(one).release());
  const Pkcs12Ptr p12(PKCS12_create(passphrase.c_str(), "test", leaf.key.native(),
                                    certificate.get(), others, 0, 0, 0, 0, 0));
  sk_X509_pop_free(others, X509_free);
  unsigned char* der = nullptr;
  const int size = p12 ? i2d_PKCS12(p12.get(), &der) : 0;
  require(size > 0, "making a PKCS#12 file");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace certconnector::testing
