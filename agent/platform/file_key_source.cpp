#include "agent/platform/file_key_source.h"

#include "agent/platform/errors.h"
#include "agent/platform/files.h"

namespace certconnector::platform {
namespace {

constexpr std::string_view kScheme = "file:";
constexpr std::size_t kMaxKeyFile = 64UL * 1024;

Result<std::string> path_of(std::string_view reference) {
  if (reference.substr(0, kScheme.size()) != kScheme || reference.size() == kScheme.size()) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent,
                 "the key reference \"" + std::string(reference) +
                     "\" is not of the form file:/path/key.pem");
  }
  return std::string(reference.substr(kScheme.size()));
}

}  // namespace

Result<crypto::PrivateKey> FileKeySource::open(std::string_view reference) {
  CC_TRY_ASSIGN(const std::string path, path_of(reference));
  CC_TRY_ASSIGN(const std::string pem, read_secret_file(path, kMaxKeyFile));
  auto key = crypto::PrivateKey::from_pem(pem);
  if (!key.ok()) return key.error().with_context("the key in " + path);
  return key;
}

Result<crypto::PrivateKey> FileKeySource::create(std::string_view reference,
                                                 const crypto::KeySpec& spec) {
  CC_TRY_ASSIGN(const std::string path, path_of(reference));
  if (file_exists(path)) {
    return Error(PlatformErrc::exists, ErrorKind::permanent,
                 path + " is there already and is not replaced; move it away first");
  }
  CC_TRY_ASSIGN(crypto::PrivateKey key, crypto::PrivateKey::generate(spec));
  CC_TRY_ASSIGN(const std::string pem, key.to_pkcs8_pem());
  CC_TRY(create_file(path, pem, FileMode::secret));
  return key;
}

}  // namespace certconnector::platform
