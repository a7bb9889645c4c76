#include "agent/app/tls_files.h"

#include <utility>

#include "agent/app/store_certificate.h"
#include "agent/platform/files.h"
#include "common/crypto/certificate_chain.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxFile = 256UL * 1024;

Status read_own(const TlsFiles& files, http::TlsSettings& tls) {
  CC_TRY_ASSIGN(tls.certificate_chain,
                platform::read_trusted_file(files.certificate_chain, kMaxFile));
  CC_TRY_ASSIGN(tls.key, platform::read_secret_file(files.key, kMaxFile));
  return {};
}

}  // namespace

Result<http::TlsSettings> read_tls_files(const TlsFiles& files, const keys::MachineStore& store,
                                         Timestamp now) {
  http::TlsSettings tls;
  if (files.certificate_store.empty()) {
    CC_TRY(read_own(files, tls));
  } else {
    CC_TRY_ASSIGN(core::Identity held, open_from_store(files.certificate_store, store, now));
    tls.certificate_chain = crypto::to_pem(held.chain);
    tls.held_key = std::move(held.key);
  }
  if (!files.client_cas.empty()) {
    CC_TRY_ASSIGN(std::string client_cas, platform::read_trusted_file(files.client_cas, kMaxFile));
    tls.client_cas = std::move(client_cas);
  }
  return tls;
}

std::vector<Error> unusable_tls_files(const TlsFiles& files, const keys::MachineStore& store,
                                      Timestamp now) {
  std::vector<Error> problems;
  const auto expect = [&](const auto& outcome) {
    if (!outcome.ok()) problems.push_back(outcome.error());
  };
  if (files.certificate_store.empty()) {
    expect(platform::read_trusted_file(files.certificate_chain, kMaxFile));
    expect(platform::read_secret_file(files.key, kMaxFile));
  }
  if (!files.client_cas.empty()) expect(platform::read_trusted_file(files.client_cas, kMaxFile));
  if (!problems.empty()) return problems;
  const auto tls = read_tls_files(files, store, now);
  expect(tls);
  if (tls.ok()) expect(http::check_tls(*tls));
  return problems;
}

}  // namespace certconnector::app
