#include "agent/platform/posix/obstacle.h"

#include <sys/stat.h>

#include <cerrno>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/foreign_link.h"
#include "agent/platform/words.h"

namespace certconnector::platform {
namespace {

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return S_ISREG(mode) ? "a file" : "a device";
}

bool is(Wanted wanted, mode_t mode) {
  if (wanted == Wanted::folder) return S_ISDIR(mode);
  return !S_ISDIR(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode);
}

Error leads_nowhere(const std::string& link) {
  return {PlatformErrc::malformed, ErrorKind::permanent,
          link + " is a link to " + target_of(link) +
              ", which leads nowhere; mount or put back what it leads to"};
}

Error of_wrong_kind(const std::string& path, mode_t mode, Wanted wanted) {
  const bool foreign = !follow(parent_path(path), 0).foreign_link.empty();
  return {PlatformErrc::malformed, ErrorKind::permanent,
          path + " is " + kind_of(mode) + ", not " +
              (wanted == Wanted::folder ? "a folder" : "a file") + "; move it away" +
              (foreign ? "" : ": " + command_that_moves(path, path + ".away"))};
}

}  // namespace

std::optional<Error> obstacle(const std::string& path, Wanted wanted) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const bool last = slash == std::string::npos;
    const Wanted here = last ? wanted : Wanted::folder;
    struct stat info {};
    if (::stat(part.c_str(), &info) != 0) {
      const bool leads_away = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
      if (!leads_away || ::lstat(part.c_str(), &info) != 0) return std::nullopt;
      return leads_nowhere(part);
    }
    if (!is(here, info.st_mode)) return of_wrong_kind(part, info.st_mode, here);
    if (last) return std::nullopt;
  }
}

}  // namespace certconnector::platform
