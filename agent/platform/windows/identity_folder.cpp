#include "agent/platform/identity_folder.h"

#include <windows.h>

#include <cstdint>

#include "agent/platform/files.h"
#include "agent/platform/identity_files.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// A link wants a privilege here, and no folder takes another's place in one step. So a save writes
// `identity.part`, calls it `identity.next` once it is complete, moves `identity` aside to
// `identity.before-N`, and gives its name to `identity.next`. In between, `identity.next` is the
// one.
constexpr std::string_view kBefore = ".before-";
struct Places {
  std::string now;
  std::string part;
  std::string next;
  std::string before;
};

Places places_of(const std::string& path) {
  return {path, path + ".part", path + ".next", path + std::string(kBefore)};
}

// A reader may have one open still: then a later save removes it.
void remove_old(const std::string& state_dir) {
  const std::string begin = "identity" + std::string(kBefore);
  const auto names = list_folder(state_dir);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (name.rfind(begin, 0) != 0) continue;
    static_cast<void>(remove_folder(join_path(state_dir, name)));
  }
}

// A folder that is held open keeps its number, whatever its name becomes.
Handle open_folder(const std::string& path) {
  return Handle(::CreateFileW(system_path(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

std::optional<std::uint64_t> number_of(const Handle& folder) {
  BY_HANDLE_FILE_INFORMATION info{};
  if (!folder.valid() || ::GetFileInformationByHandle(folder.get(), &info) == 0) {
    return std::nullopt;
  }
  return (std::uint64_t{info.nFileIndexHigh} << 32U) | info.nFileIndexLow;
}

}  // namespace

std::string IdentityFolder::path() const { return join_path(state_dir_, "identity"); }

Result<std::optional<IdentityFiles>> IdentityFolder::load() const {
  constexpr int kTries = 50;
  const Places places = places_of(path());
  for (int tries = 1;; ++tries) {
    const Handle now = open_folder(places.now);
    const Handle next = now.valid() ? Handle() : open_folder(places.next);
    // A save() may give the one the name of the other between the two looks.
    if (!now.valid() && !next.valid() && !open_folder(places.now).valid()) {
      return std::optional<IdentityFiles>();
    }
    const std::string& place = now.valid() ? places.now : places.next;
    auto files = read_identity(place);
    // Nor may the four files be of two generations.
    const auto number = number_of(now.valid() ? now : next);
    const bool stayed = number && number_of(open_folder(place)) == number;
    if (stayed && files.ok()) return std::optional<IdentityFiles>(std::move(files).value());
    if (!files.ok() && (stayed || tries == kTries)) return std::move(files).error();
  }
}

Status IdentityFolder::save(const IdentityFiles& files) const {
  const Places places = places_of(path());
  // An earlier save may have left some. A complete `identity.next` without `identity` is the
  // identity.
  if (!file_exists(places.now) && file_exists(places.next)) {
    CC_TRY(rename_in_folder(places.next, places.now));
  }
  for (const std::string& left : {places.part, places.next}) CC_TRY(remove_folder(left));
  CC_TRY(write_identity(places.part, files));
  CC_TRY(rename_in_folder(places.part, places.next));
  if (file_exists(places.now)) {
    CC_TRY(rename_in_folder(places.now, places.before + std::to_string(::GetTickCount64())));
  }
  CC_TRY(rename_in_folder(places.next, places.now));
  remove_old(state_dir_);
  return {};
}

}  // namespace certconnector::platform
