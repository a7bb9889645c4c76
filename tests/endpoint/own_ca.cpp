#include "tests/endpoint/own_ca.h"

#include <openssl/pem.h>

#include "common/text/hex.h"
#include "tests/endpoint/digest.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/openssl_handles.h"
#include "tests/endpoint/state_file.h"

namespace certconnector::endpoint {
namespace {

constexpr std::chrono::hours kCaLifetime{24 * 3650};

struct Profile {
  std::string common_name;
  Timestamp not_before, not_after;
  std::vector<std::pair<int, std::string>> extensions;  // NID and OpenSSL's text form
};

Error crypto_error(const std::string& doing) {
  return {EndpointErrc::crypto, ErrorKind::permanent, "OpenSSL failed " + doing};
}

std::time_t seconds_of(Timestamp t) { return std::chrono::system_clock::to_time_t(t); }

bool set_random_serial(X509* certificate) {
  Bytes octets = random_octets(16);
  octets[0] = static_cast<std::uint8_t>((octets[0] & 0x7FU) | 0x01U);
  std::unique_ptr<BIGNUM, OpensslDeleter<&BN_free>> number(
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extensions(X509* certificate, X509* issuer, const Profile& profile) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : profile.extensions) {
    const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) return false;
  }
  return true;
}

// `issuer` is null for a self-signed certificate.
Result<CertificateHandle> make_certificate(const Profile& profile, EVP_PKEY* subject_key,
                                           X509* issuer, EVP_PKEY* issuer_key) {
  CertificateHandle certificate(X509_new());
  if (certificate == nullptr) return crypto_error("making a certificate");
  X509* raw = certificate.get();
  X509_NAME* name = X509_get_subject_name(raw);
  const bool filled =
      X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw) &&
      X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(profile.common_name.data()),
                                 static_cast<int>(profile.common_name.size()), -1, 0) == 1 &&
      X509_set_issuer_name(raw, issuer == nullptr ? name : X509_get_subject_name(issuer)) == 1 &&
      ASN1_TIME_set(X509_getm_notBefore(raw), seconds_of(profile.not_before)) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(raw), seconds_of(profile.not_after)) != nullptr &&
      X509_set_pubkey(raw, subject_key) == 1 &&
      add_extensions(raw, issuer == nullptr ? raw : issuer, profile) &&
      X509_sign(raw, issuer_key, EVP_sha256()) > 0;
  if (!filled) return crypto_error("making the certificate of " + profile.common_name);
  return certificate;
}

template <typename T, typename Encode>
Bytes to_der(T* object, Encode encode) {
  const int size = encode(object, nullptr);
  if (size <= 0) return {};
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  encode(object, &out);
  return der;
}

Bytes certificate_der(X509* certificate) { return to_der(certificate, i2d_X509); }

Result<KeyHandle> new_key() {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (key == nullptr) return crypto_error("making a P-256 key");
  return key;
}

std::string pem_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Status save(const std::string& dir, EVP_PKEY* key, X509* certificate) {
  const BioHandle key_pem(BIO_new(BIO_s_secmem()));
  const BioHandle certificate_pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_pem.get(), certificate) != 1) {
    return crypto_error("encoding the endpoint's CA");
  }
  CC_TRY(write_file(dir + "/ca_key.pem", pem_text(key_pem.get()), FileMode::secret));
  return write_file(dir + "/ca_certificate.pem", pem_text(certificate_pem.get()), FileMode::open);
}

Result<CertifiedKey> create(const std::string& dir, Timestamp now) {
  CC_TRY_ASSIGN(auto key, new_key());
  const Profile profile{"Certificate Connector Reference Endpoint CA",
                        now - std::chrono::minutes(5),
                        now + kCaLifetime,
                        {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                         {NID_key_usage, "critical,keyCertSign,cRLSign"},
                         {NID_subject_key_identifier, "hash"}}};
  CC_TRY_ASSIGN(auto certificate, make_certificate(profile, key.get(), nullptr, key.get()));
  CC_TRY(save(dir, key.get(), certificate.get()));
  return CertifiedKey{std::move(key), std::move(certificate)};
}

Result<CertifiedKey> load(const std::string& key_pem, const std::string& certificate_pem) {
  const BioHandle key_in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const BioHandle certificate_in(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  KeyHandle key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr));
  CertificateHandle certificate(PEM_read_bio_X509(certificate_in.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || certificate == nullptr ||
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Error(
        EndpointErrc::storage, ErrorKind::corrupt,
        "ca_key.pem and ca_certificate.pem of the state directory do not belong together or "
        "cannot be read: restore both, or start with a new state directory");
  }
  return CertifiedKey{std::move(key), std::move(certificate)};
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return {};
  return std::chrono::time_point_cast<Duration>(
      std::chrono::system_clock::from_time_t(::timegm(&broken_down)));
}

}  // namespace

Result<OwnCa> OwnCa::open(const std::string& state_dir, Timestamp now) {
  CC_TRY_ASSIGN(const auto key_pem, read_file(state_dir + "/ca_key.pem"));
  CC_TRY_ASSIGN(const auto certificate_pem, read_file(state_dir + "/ca_certificate.pem"));
  auto own = key_pem && certificate_pem ? load(*key_pem, *certificate_pem) : create(state_dir, now);
  CC_TRY_ASSIGN(CertifiedKey loaded, std::move(own));
  OwnCa ca;
  ca.own_ = std::move(loaded);
  ca.der_ = certificate_der(ca.own_.certificate.get());
  ca.sha256_ = sha256_hex(ca.der_);
  return ca;
}

Result<CertifiedKey> OwnCa::make_server_certificate(const ServerCertificateOptions& options) const {
  CC_TRY_ASSIGN(auto key, new_key());
  std::string names;
  for (const std::string& name : options.names) names += (names.empty() ? "" : ",") + name;
  const Profile profile{"Certificate Connector Reference Endpoint",
                        options.not_before,
                        options.not_after,
                        {{NID_basic_constraints, "critical,CA:FALSE"},
                         {NID_key_usage, "critical,digitalSignature"},
                         {NID_ext_key_usage, "serverAuth"},
                         {NID_subject_alt_name, names},
                         {NID_subject_key_identifier, "hash"},
                         {NID_authority_key_identifier, "keyid:always"}}};
  CC_TRY_ASSIGN(auto certificate,
                make_certificate(profile, key.get(), own_.certificate.get(), own_.key.get()));
  return CertifiedKey{std::move(key), std::move(certificate)};
}

Result<IssuedClientCertificate> OwnCa::issue_client_certificate(const ClientRequest& request,
                                                                const std::string& agent_id,
                                                                Timestamp now,
                                                                Duration lifetime) const {
  // X.509 counts in seconds; what is stored must be what the certificate says.
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const Profile profile{agent_id,
                        whole - std::chrono::minutes(5),
                        std::chrono::floor<std::chrono::seconds>(now + lifetime),
                        {{NID_basic_constraints, "critical,CA:FALSE"},
                         {NID_key_usage, "critical,digitalSignature"},
                         {NID_ext_key_usage, "clientAuth"},
                         {NID_subject_key_identifier, "hash"},
                         {NID_authority_key_identifier, "keyid:always"}}};
  EVP_PKEY* public_key = X509_REQ_get0_pubkey(request.request.get());
  CC_TRY_ASSIGN(const auto certificate,
                make_certificate(profile, public_key, own_.certificate.get(), own_.key.get()));
  return IssuedClientCertificate{certificate_der(certificate.get()), profile.not_before,
                                 profile.not_after};
}

Result<ClientRequest> parse_client_request(ByteView pkcs10) {
  const unsigned char* data = pkcs10.data();
  RequestHandle request(d2i_X509_REQ(nullptr, &data, static_cast<long>(pkcs10.size())));
  if (request == nullptr || data != pkcs10.end()) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "the request is not a DER PKCS#10 certification request");
  }
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    return Error(EndpointErrc::refused, ErrorKind::permanent,
                 "the request is not signed by its own key");
  }
  const int minimum = EVP_PKEY_is_a(key, "RSA") == 1 ? 2048 : 256;
  if (EVP_PKEY_get_bits(key) < minimum) {
    return Error(EndpointErrc::refused, ErrorKind::permanent,
                 "the request's key is too small: use RSA-2048, P-256 or more");
  }
  const std::string key_sha256 = sha256_hex(to_der(key, i2d_PUBKEY));
  return ClientRequest{std::shared_ptr<X509_REQ>(std::move(request)), key_sha256};
}

Result<CertificateFacts> read_certificate(ByteView der) {
  const unsigned char* data = der.data();
  const CertificateHandle certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  if (certificate == nullptr || data != der.end()) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent, "that is not a DER certificate");
  }
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
  CertificateFacts facts;
  facts.sha256 = sha256_hex(der);
  facts.key_sha256 = sha256_hex(to_der(X509_get0_pubkey(certificate.get()), i2d_PUBKEY));
  facts.serial = text::to_hex(
      {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
  facts.not_before = time_of(X509_get0_notBefore(certificate.get()));
  facts.not_after = time_of(X509_get0_notAfter(certificate.get()));
  return facts;
}

}  // namespace certconnector::endpoint
