#include "agent/app/named_files.h"

#include <utility>

#include "agent/app/errors.h"
#include "agent/app/store_certificate.h"
#include "agent/platform/files.h"
#include "agent/upstream/identity.h"
#include "common/crypto/certificate_chain.h"
#include "common/crypto/errors.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxFile = 256UL * 1024;

// Of a file that a passphrase may protect: names the key that brings the passphrase.
Error about_secret(const Error& error, const std::string& file,
                   const config::ManagementSettings& settings) {
  const bool wanted = error.code() == crypto::error_code(crypto::CryptoErrc::wrong_passphrase);
  if (!wanted || !settings.passphrase_file.empty()) return error.with_context(file);
  return {crypto::CryptoErrc::wrong_passphrase, error.kind(),
          file + ": " + error.message() + "; name the file with it in passphrase_file"};
}

}  // namespace

Result<std::vector<crypto::Certificate>> read_certificates(const std::string& file) {
  CC_TRY_ASSIGN(const std::string pem, platform::read_trusted_file(file, kMaxFile));
  auto certificates = crypto::Certificate::all_from_pem(pem);
  if (!certificates.ok()) return certificates.error().with_context(file);
  return certificates;
}

Result<core::Identity> read_own_certificate(const config::ManagementSettings& settings,
                                            const keys::MachineStore& store, Timestamp now) {
  if (!settings.certificate_store.empty()) {
    return open_from_store(settings.certificate_store, store, now);
  }
  std::string passphrase;
  if (!settings.passphrase_file.empty()) {
    CC_TRY_ASSIGN(passphrase, platform::read_passphrase_file(settings.passphrase_file));
  }
  if (!settings.pkcs12_file.empty()) {
    CC_TRY_ASSIGN(const std::string file,
                  platform::read_secret_file(settings.pkcs12_file, kMaxFile));
    auto parsed = crypto::parse_pkcs12(as_bytes(file), passphrase);
    if (!parsed.ok()) return about_secret(parsed.error(), settings.pkcs12_file, settings);
    return core::Identity{parsed->key, parsed->chain};
  }
  CC_TRY_ASSIGN(const std::string key_pem, platform::read_secret_file(settings.key_file, kMaxFile));
  auto key = crypto::PrivateKey::from_pem(key_pem, passphrase);
  if (!key.ok()) return about_secret(key.error(), settings.key_file, settings);
  CC_TRY_ASSIGN(auto certificates, read_certificates(settings.certificate_file));
  auto ordered = crypto::order_by_key(std::move(certificates), *key);
  if (!ordered.ok()) return ordered.error().with_context(settings.certificate_file);
  return core::Identity{*key, std::move(ordered->chain)};
}

namespace {

// The agent starts with a certificate that is out of its time, and not with one that is never
// right.
Status is_fit_to_start(const core::Identity& own) {
  const crypto::Certificate& certificate = own.chain.front();
  return upstream::check_identity(certificate, own.key, certificate.not_before(),
                                  "put another one into its place");
}

}  // namespace

std::vector<Error> unusable_own_certificate(const config::ManagementSettings& settings,
                                            const keys::MachineStore& store, Timestamp now) {
  std::vector<Error> problems;
  const auto expect = [&](const auto& outcome) {
    if (!outcome.ok()) problems.push_back(outcome.error());
  };
  if (!settings.passphrase_file.empty()) {
    expect(platform::read_passphrase_file(settings.passphrase_file));
  }
  for (const std::string& secret : {settings.pkcs12_file, settings.key_file}) {
    if (!secret.empty()) expect(platform::read_secret_file(secret, kMaxFile));
  }
  if (!settings.certificate_file.empty()) expect(read_certificates(settings.certificate_file));
  if (!problems.empty()) return problems;
  const auto own = read_own_certificate(settings, store, now);
  expect(own);
  if (own.ok()) expect(is_fit_to_start(*own));
  return problems;
}

Result<ChosenProxy> read_proxy(const config::ManagementSettings& settings) {
  if (settings.proxy.empty()) return ChosenProxy();
  if (settings.proxy == config::kSystemProxy) {
    ChosenProxy chosen{std::nullopt, net::system_proxy()};
    if (chosen.system) return chosen;
    return Error(AppErrc::no_system_proxy, ErrorKind::permanent,
                 "proxy: this system has no setting for the proxy of the machine; write its URL, "
                 "such as http://proxy.example:3128");
  }
  net::Proxy proxy{settings.proxy, settings.proxy_user, {}};
  if (!settings.proxy_password_file.empty()) {
    CC_TRY_ASSIGN(proxy.password, platform::read_passphrase_file(settings.proxy_password_file));
  }
  return ChosenProxy{std::move(proxy), nullptr};
}

Result<std::vector<Bytes>> read_next_ca(const std::string& file) {
  std::vector<Bytes> chain;
  if (file.empty()) return chain;
  CC_TRY_ASSIGN(const auto certificates, read_certificates(file));
  for (const crypto::Certificate& certificate : certificates) {
    if (!certificate.is_ca()) {
      return Error(AppErrc::unusable_ca, ErrorKind::permanent,
                   file + ": " + certificate.subject_text() +
                       " is not a CA certificate; name the one that comes after today's CA");
    }
    chain.push_back(certificate.der());
  }
  return chain;
}

Result<std::vector<enrollment::TrustedKey>> read_challenge_keys(const std::string& file) {
  CC_TRY_ASSIGN(const std::string pem,
                platform::read_trusted_file(file, enrollment::kMaxTrustedKeysText));
  auto keys = enrollment::read_trusted_keys(pem);
  if (!keys.ok()) return keys.error().with_context(file);
  return keys;
}

Result<enrollment::StaticChallengeCheck> read_static_challenge(const std::string& file) {
  CC_TRY_ASSIGN(const std::string secret, platform::read_passphrase_file(file));
  auto check = enrollment::StaticChallengeCheck::make(secret);
  if (!check.ok()) return check.error().with_context(file);
  return check;
}

Result<crypto::Certificate> read_issuing_ca(const std::string& file) {
  CC_TRY_ASSIGN(const auto certificates, read_certificates(file));
  const crypto::Certificate& ca = certificates.front();
  const bool signs = ca.key_usage() == 0 || (ca.key_usage() & crypto::kKeyCertSign) != 0;
  if (!ca.is_ca() || !signs) {
    return Error(AppErrc::unusable_ca, ErrorKind::permanent,
                 file + ": " + ca.subject_text() +
                     " is not the certificate of a CA that issues (basicConstraints CA, key usage "
                     "keyCertSign); name the CA whose certificates NDES hands out");
  }
  return ca;
}

}  // namespace certconnector::app
