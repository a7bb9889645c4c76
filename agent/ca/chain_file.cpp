#include "agent/ca/chain_file.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/chain_of_roots.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "common/crypto/certificate_chain.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxChain = 256UL * 1024;

bool is(const Error& error, platform::PlatformErrc errc) {
  return error.code() == platform::error_code(errc);
}

}  // namespace

Result<std::optional<std::vector<crypto::Certificate>>> read_chain(const std::string& file) {
  const auto text = platform::read_trusted_file(file, kMaxChain);
  if (!text.ok()) {
    if (!is(text.error(), platform::PlatformErrc::not_found)) return text.error();
    return std::optional<std::vector<crypto::Certificate>>();
  }
  auto chain = crypto::Certificate::all_from_pem(*text);
  if (!chain.ok()) return chain.error().with_context(file);
  if (!chain->front().is_ca()) {
    return Error(CaErrc::bad_certificate, ErrorKind::permanent,
                 file + ": " + chain->front().subject_text() +
                     " is not a CA certificate; the CA's own comes first in the file");
  }
  return std::optional<std::vector<crypto::Certificate>>(std::move(chain).value());
}

Result<std::vector<crypto::Certificate>> keep_chain(
    const std::string& file, const std::vector<crypto::Certificate>& certificates) {
  CC_TRY_ASSIGN(auto chain, chain_of_roots(certificates));
  CC_TRY(platform::make_folder(file.substr(0, file.rfind('/'))));
  const Status kept =
      platform::create_file(file, crypto::to_pem(chain), platform::FileMode::world_readable);
  if (!kept.ok() && !is(kept.error(), platform::PlatformErrc::exists)) return kept.error();
  return chain;
}

}  // namespace certconnector::ca
