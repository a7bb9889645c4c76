#include "agent/ca/local/ca_files.h"

#include <utility>
#include <vector>

#include "agent/ca/ca_errors.h"
#include "agent/ca/local/ca_identity.h"
#include "agent/ca/local/extension.h"
#include "agent/ca/local/tbs_certificate.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "agent/platform/words.h"
#include "common/crypto/certificate_chain.h"
#include "common/crypto/digest.h"
#include "common/crypto/errors.h"
#include "common/crypto/issuable_name.h"
#include "common/crypto/key.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxCertificateFile = std::size_t{1024} * 1024;

// digitalSignature for GetNextCACert: RFC 8894 section 2.1.2.
constexpr std::uint16_t kCaKeyUsage =
    crypto::kDigitalSignature | crypto::kKeyCertSign | crypto::kCrlSign;

Error exists(const LocalCaSettings& settings, const std::string& file) {
  return {CaErrc::exists, ErrorKind::permanent,
          "CA " + settings.name + " is there already (" + file +
              ") and is not replaced; to start over, move its folder away first"};
}

Status refuse_existing_certificate(const LocalCaSettings& settings) {
  if (platform::file_exists(settings.certificate_file)) {
    return exists(settings, settings.certificate_file);
  }
  return {};
}

Status refuse_existing(const LocalCaSettings& settings) {
  CC_TRY(refuse_existing_certificate(settings));
  if (platform::file_exists(settings.key_file)) return exists(settings, settings.key_file);
  return {};
}

Status make_folder_of(const std::string& file) {
  return platform::make_folder(platform::parent_path(file));
}

Error bad_subject(const std::string& text, const std::string& why) {
  return {CaErrc::bad_subject, ErrorKind::permanent,
          "\"" + text + "\" is no subject for a CA" + why +
              R"(; write it as "CN=Example CA,O=Example")"};
}

Result<crypto::DistinguishedName> parse_subject(const std::string& text) {
  auto name = crypto::parse_rfc4514(text);
  if (!name.ok() || name->empty()) return bad_subject(text, "");
  const auto issuable = crypto::issuable_name(crypto::encode_name(*name));
  if (!issuable.ok()) return bad_subject(text, ": " + issuable.error().message());
  return name;
}

std::string to_pem(std::string_view label, ByteView der) {
  constexpr std::size_t kLine = 64;
  const std::string base64 = text::to_base64(der);
  std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t i = 0; i < base64.size(); i += kLine) pem += base64.substr(i, kLine) + "\n";
  return pem + "-----END " + std::string(label) + "-----\n";
}

Result<Bytes> self_signed(const RootSpec& spec, const crypto::PrivateKey& key, Timestamp now) {
  CC_TRY_ASSIGN(const auto name, parse_subject(spec.subject));
  const Bytes subject = crypto::encode_name(name);
  CC_TRY_ASSIGN(const Bytes algorithm, crypto::signature_algorithm(key));
  CC_TRY_ASSIGN(auto signer, crypto::Signer::create(key));
  Bytes extensions;
  append_extension(
      extensions, crypto::view(extension_id::kBasicConstraints), true,
      [](crypto::der::Writer& w) { w.nest(crypto::der::kSequence, [&] { w.boolean(true); }); });
  append_key_usage(extensions, kCaKeyUsage);
  append_subject_key_id(extensions, crypto::view(key_identifier_of(key.public_key_info())));
  const Bytes serial = new_serial(now);
  CertificateFields fields;
  fields.serial = serial;
  fields.signature_algorithm = algorithm;
  fields.issuer = subject;
  fields.subject = subject;
  // Backdated: machines with slow clocks accept the certificates of the first minutes.
  fields.not_before = now - std::chrono::minutes(10);
  fields.not_after = now + spec.lifetime;
  fields.public_key_info = key.public_key_info();
  fields.extensions = extensions;
  return sign_structure(encode_tbs_certificate(fields), algorithm, signer);
}

// The chain first: a CA counts as set up when its certificate is there.
Status write_certificates(const LocalCaSettings& settings, const LocalCaIdentity& ca) {
  if (ca.issuers.empty()) {
    CC_TRY(platform::remove_file(settings.chain_file));
  } else {
    std::string chain;
    for (const auto& issuer : ca.issuers) chain += issuer.to_pem();
    CC_TRY(make_folder_of(settings.chain_file));
    CC_TRY(platform::write_file_atomically(settings.chain_file, chain,
                                           platform::FileMode::world_readable));
  }
  CC_TRY(make_folder_of(settings.certificate_file));
  const std::string pem = ca.certificate.to_pem();
  if (!platform::file_exists(settings.certificate_file)) {
    return platform::create_file(settings.certificate_file, pem,
                                 platform::FileMode::world_readable);
  }
  return platform::write_file_atomically(settings.certificate_file, pem,
                                         platform::FileMode::world_readable);
}

// Another certificate for the same name and key is the same CA, and takes the place of the one that
// is there.
Status refuse_other_certificate(const LocalCaSettings& settings,
                                const crypto::Certificate& certificate) {
  if (!platform::file_exists(settings.certificate_file)) return {};
  const auto pem = platform::read_trusted_file(settings.certificate_file, kMaxCertificateFile);
  if (!pem.ok()) return pem.error();
  const auto there = crypto::Certificate::from_pem(*pem);
  const bool same = there.ok() && there->subject() == certificate.subject() &&
                    there->public_key_info() == certificate.public_key_info();
  return same ? Status() : exists(settings, settings.certificate_file);
}

Status refuse_other_key(const LocalCaSettings& settings, const crypto::PrivateKey& key) {
  if (!platform::file_exists(settings.key_file)) return {};
  const auto pem = platform::read_secret_file(settings.key_file, kMaxCertificateFile);
  if (!pem.ok()) return pem.error();
  const auto there = crypto::PrivateKey::from_pem(*pem, {});
  const bool same = there.ok() && there->public_key_info() == key.public_key_info();
  return same ? Status() : exists(settings, settings.key_file);
}

// In any order, the CA's certificate once or twice. Certificates of nobody's chain stand at the
// end, where the check of the chain names them.
Result<LocalCaIdentity> assemble(crypto::PrivateKey key,
                                 std::vector<crypto::Certificate> certificates) {
  auto ordered = crypto::order_by_key(std::move(certificates), key);
  if (!ordered.ok()) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent, ordered.error().message());
  }
  std::vector<crypto::Certificate>& issuers = ordered->chain;
  crypto::Certificate own = std::move(issuers.front());
  issuers.erase(issuers.begin());
  issuers.insert(issuers.end(), ordered->others.begin(), ordered->others.end());
  return LocalCaIdentity{std::move(key), std::move(own), std::move(issuers)};
}

// Those who trust the CA want its root (`ca export`), and devices its chain.
Status require_root(const LocalCaIdentity& ca) {
  const crypto::Certificate& last = ca.issuers.empty() ? ca.certificate : ca.issuers.back();
  if (last.issued_by(last)) return {};
  return Error(CaErrc::bad_certificate, ErrorKind::permanent,
               "the certificates end below the root: the issuer of " + last.subject_text() + ", " +
                   crypto::name_for_people(last.issuer()) +
                   ", is missing; import again with a PEM file that ends with the root, as made "
                   "with: " +
                   platform::machine_commands().join_pem);
}

Result<LocalCaIdentity> checked(const LocalCaSettings& settings, LocalCaIdentity ca,
                                const Clock& clock) {
  CC_TRY(refuse_other_key(settings, ca.key));
  CC_TRY(refuse_other_certificate(settings, ca.certificate));
  CC_TRY(check_ca_identity(ca, clock.wall()));
  CC_TRY(require_root(ca));
  return ca;
}

// The certificates for a key that was made here.
Result<LocalCaIdentity> read_answer(const LocalCaSettings& settings, const BroughtCa& brought,
                                    core::KeySource& keys) {
  if (!platform::file_exists(settings.key_file)) {
    return Error(CaErrc::not_set_up, ErrorKind::permanent,
                 "CA " + settings.name +
                     " has no key yet; import the key together with the certificate, "
                     "or make a request first with: certconnector ca create " +
                     settings.name + " --subordinate --subject \"CN=...\"");
  }
  CC_TRY_ASSIGN(auto certificates, crypto::Certificate::all_from_pem(brought.certificate_pem));
  CC_TRY_ASSIGN(crypto::PrivateKey key, keys.open(key_reference(settings)));
  auto answer = assemble(std::move(key), std::move(certificates));
  // Certificates of another key are those of another CA, where one is there.
  if (!answer.ok()) CC_TRY(refuse_existing_certificate(settings));
  return answer;
}

// Without a passphrase: names the option that takes it.
Error with_option(const Error& error, const BroughtCa& brought) {
  const bool wanted = error.code() == crypto::error_code(crypto::CryptoErrc::wrong_passphrase);
  if (!wanted || !brought.passphrase.empty()) return error;
  return {crypto::CryptoErrc::wrong_passphrase, error.kind(),
          error.message() + "; put it into a file, and name that with --passphrase-file"};
}

Result<LocalCaIdentity> read_pkcs12(const BroughtCa& brought) {
  auto parsed = crypto::parse_pkcs12(brought.pkcs12, brought.passphrase);
  if (!parsed.ok()) return with_option(parsed.error(), brought);
  if (parsed->chain.empty()) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent,
                 "the PKCS#12 file holds no certificate for its key");
  }
  return assemble(std::move(parsed->key), std::move(parsed->chain));
}

Result<LocalCaIdentity> read_pem(const BroughtCa& brought) {
  CC_TRY_ASSIGN(auto certificates, crypto::Certificate::all_from_pem(brought.certificate_pem));
  auto key = crypto::PrivateKey::from_pem(brought.key_pem, brought.passphrase);
  if (!key.ok()) return with_option(key.error(), brought);
  return assemble(std::move(*key), std::move(certificates));
}

Result<LocalCaIdentity> read_brought(const LocalCaSettings& settings, const BroughtCa& brought,
                                     core::KeySource& keys) {
  if (!brought.pkcs12.empty()) return read_pkcs12(brought);
  return brought.key_pem.empty() ? read_answer(settings, brought, keys) : read_pem(brought);
}

}  // namespace

Result<crypto::Certificate> create_root(const LocalCaSettings& settings, const RootSpec& spec,
                                        core::KeySource& keys, const Clock& clock) {
  CC_TRY(refuse_existing(settings));
  CC_TRY(parse_subject(spec.subject));
  if (spec.lifetime.count() <= 0) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent,
                 "the lifetime of a CA certificate must be positive");
  }
  CC_TRY(make_folder_of(settings.key_file));
  CC_TRY_ASSIGN(crypto::PrivateKey key, keys.create(key_reference(settings), spec.key));
  const Timestamp now = std::chrono::floor<std::chrono::seconds>(clock.wall());
  CC_TRY_ASSIGN(const Bytes der, self_signed(spec, key, now));
  CC_TRY_ASSIGN(crypto::Certificate certificate, crypto::Certificate::from_der(der));
  const LocalCaIdentity made{std::move(key), std::move(certificate), {}};
  CC_TRY(check_ca_identity(made, now));
  CC_TRY(write_certificates(settings, made));
  return made.certificate;
}

Result<std::string> create_subordinate_request(const LocalCaSettings& settings,
                                               const std::string& subject,
                                               const crypto::KeySpec& key_spec,
                                               core::KeySource& keys) {
  CC_TRY(refuse_existing_certificate(settings));
  crypto::Pkcs10Spec spec;
  CC_TRY_ASSIGN(spec.subject, parse_subject(subject));
  spec.key_usage = kCaKeyUsage;
  spec.for_ca = true;
  CC_TRY(make_folder_of(settings.key_file));
  // A key without a certificate belongs to an earlier request, which the root may be about to
  // answer.
  const bool again = platform::file_exists(settings.key_file);
  auto key =
      again ? keys.open(key_reference(settings)) : keys.create(key_reference(settings), key_spec);
  if (!key.ok()) return key.error();
  CC_TRY_ASSIGN(const Bytes der, crypto::make_pkcs10(key.value(), spec));
  const std::string pem = to_pem("CERTIFICATE REQUEST", der);
  CC_TRY(make_folder_of(settings.request_file));
  CC_TRY(platform::write_file_atomically(settings.request_file, pem,
                                         platform::FileMode::world_readable));
  return pem;
}

Result<crypto::Certificate> examine_import(const LocalCaSettings& settings,
                                           const BroughtCa& brought, core::KeySource& keys,
                                           const Clock& clock) {
  CC_TRY_ASSIGN(LocalCaIdentity ca, read_brought(settings, brought, keys));
  CC_TRY_ASSIGN(const LocalCaIdentity good, checked(settings, std::move(ca), clock));
  return good.certificate;
}

Result<crypto::Certificate> import_ca(const LocalCaSettings& settings, const BroughtCa& brought,
                                      core::KeySource& keys, const Clock& clock) {
  CC_TRY_ASSIGN(LocalCaIdentity read, read_brought(settings, brought, keys));
  CC_TRY_ASSIGN(const LocalCaIdentity ca, checked(settings, std::move(read), clock));
  if (!platform::file_exists(settings.key_file)) {
    CC_TRY_ASSIGN(const std::string key_pem, ca.key.to_pkcs8_pem());
    CC_TRY(make_folder_of(settings.key_file));
    CC_TRY(platform::create_file(settings.key_file, key_pem, platform::FileMode::secret));
  }
  CC_TRY(write_certificates(settings, ca));
  CC_TRY(platform::remove_file(settings.request_file));
  return ca.certificate;
}

}  // namespace certconnector::ca
