#include "agent/platform/files.h"

#include <array>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/open_file.h"
#include "agent/platform/paths.h"
#include "agent/platform/secret_check.h"
#include "agent/platform/temporary_file.h"

namespace certconnector::platform {
namespace {

Result<std::string> read_all(const OpenFile& file, std::size_t max_size) {
  std::string contents;
  std::array<char, 16384> buffer{};
  while (true) {
    CC_TRY_ASSIGN(const std::size_t count, file.read(buffer.data(), buffer.size()));
    if (count == 0) return contents;
    contents.append(buffer.data(), count);
    if (contents.size() > max_size) {
      return Error(PlatformErrc::too_large, ErrorKind::permanent,
                   file.path() + " is larger than " + std::to_string(max_size) + " octets");
    }
  }
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view contents, FileMode mode) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(path + "."));
  CC_TRY(file.append(contents));
  CC_TRY(file.complete(mode));
  CC_TRY(file.rename_to(path));
  return sync_folder(parent_path(path));
}

Status create_file(const std::string& path, std::string_view contents, FileMode mode) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(path + "."));
  CC_TRY(file.append(contents));
  CC_TRY(file.complete(mode));
  CC_TRY(file.link_to(path));
  return sync_folder(parent_path(path));
}

Status copy_file_atomically(const std::string& from, const std::string& to, FileMode mode) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(to + "."));
  CC_TRY(read_in_pieces(from, [&](std::string_view piece) { return file.append(piece); }));
  CC_TRY(file.complete(mode));
  CC_TRY(file.rename_to(to));
  return sync_folder(parent_path(to));
}

Status read_in_pieces(const std::string& path, const TakePiece& take) {
  CC_TRY_ASSIGN(const OpenFile source, OpenFile::for_reading(path));
  std::vector<char> buffer(std::size_t{256} * 1024);
  while (true) {
    CC_TRY_ASSIGN(const std::size_t count, source.read(buffer.data(), buffer.size()));
    if (count == 0) return {};
    CC_TRY(take({buffer.data(), count}));
  }
}

Result<std::string> read_file(const std::string& path, std::size_t max_size) {
  CC_TRY_ASSIGN(const OpenFile file, OpenFile::for_reading(path));
  return read_all(file, max_size);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t max_size) {
  CC_TRY_ASSIGN(const OpenFile file, OpenFile::for_reading(path));
  CC_TRY(check_secret(file));
  return read_all(file, max_size);
}

Result<std::string> read_passphrase_file(const std::string& path) {
  constexpr std::size_t kMaxPassphrase = 4096;
  CC_TRY_ASSIGN(std::string text, read_secret_file(path, kMaxPassphrase));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

Result<std::string> read_trusted_file(const std::string& path, std::size_t max_size) {
  CC_TRY_ASSIGN(const OpenFile file, OpenFile::for_reading(path, Contents::shared));
  CC_TRY_ASSIGN(auto contents, read_all(file, max_size));
  CC_TRY(check_only_owner_writes(path));
  return contents;
}

}  // namespace certconnector::platform
