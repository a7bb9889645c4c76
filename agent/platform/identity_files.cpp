#include "agent/platform/identity_files.h"

#include "agent/platform/files.h"

namespace certconnector::platform {
namespace {

constexpr std::size_t kMaxIdentityFile = 256UL * 1024;

}  // namespace

Status write_identity(const std::string& folder, const IdentityFiles& files) {
  CC_TRY(make_new_folder(folder));
  CC_TRY(create_file(folder + "/key.pem", files.key_pem, FileMode::secret));
  CC_TRY(create_file(folder + "/certificate.pem", files.certificate_pem, FileMode::world_readable));
  CC_TRY(create_file(folder + "/endpoint.json", files.endpoint_json, FileMode::world_readable));
  return create_file(folder + "/endpoint_ca.pem", files.endpoint_ca_pem, FileMode::world_readable);
}

Result<IdentityFiles> read_identity(const std::string& folder) {
  IdentityFiles files;
  CC_TRY_ASSIGN(files.key_pem, read_secret_file(folder + "/key.pem", kMaxIdentityFile));
  CC_TRY_ASSIGN(files.certificate_pem,
                read_trusted_file(folder + "/certificate.pem", kMaxIdentityFile));
  CC_TRY_ASSIGN(files.endpoint_json,
                read_trusted_file(folder + "/endpoint.json", kMaxIdentityFile));
  CC_TRY_ASSIGN(files.endpoint_ca_pem,
                read_trusted_file(folder + "/endpoint_ca.pem", kMaxIdentityFile));
  return files;
}

}  // namespace certconnector::platform
