#include "agent/app/tls_files.h"

#include <utility>

#include "agent/platform/files.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxFile = 256UL * 1024;

}  // namespace

Result<http::TlsSettings> read_tls_files(const TlsFiles& files) {
  http::TlsSettings tls;
  CC_TRY_ASSIGN(tls.certificate_chain,
                platform::read_trusted_file(files.certificate_chain, kMaxFile));
  CC_TRY_ASSIGN(tls.key, platform::read_secret_file(files.key, kMaxFile));
  if (!files.client_cas.empty()) {
    CC_TRY_ASSIGN(std::string client_cas, platform::read_trusted_file(files.client_cas, kMaxFile));
    tls.client_cas = std::move(client_cas);
  }
  return tls;
}

std::vector<Error> unusable_tls_files(const TlsFiles& files) {
  std::vector<Error> problems;
  const auto expect = [&](const auto& outcome) {
    if (!outcome.ok()) problems.push_back(outcome.error());
  };
  expect(platform::read_trusted_file(files.certificate_chain, kMaxFile));
  expect(platform::read_secret_file(files.key, kMaxFile));
  if (!files.client_cas.empty()) expect(platform::read_trusted_file(files.client_cas, kMaxFile));
  if (!problems.empty()) return problems;
  const auto tls = read_tls_files(files);
  expect(tls);
  if (tls.ok()) expect(http::check_tls(*tls));
  return problems;
}

}  // namespace certconnector::app
