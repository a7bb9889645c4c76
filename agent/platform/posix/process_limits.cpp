#include "agent/platform/process_limits.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {

Status protect_process_memory() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return system_error(errno, "switch off core dumps");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return system_error(errno, "switch off core dumps");
  ::umask(S_IWGRP | S_IRWXO);
  return {};
}

Status raise_file_limit() {
  constexpr rlim_t kEnough = 65536;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return system_error(errno, "read the file limit");
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, kEnough));
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return system_error(errno, "raise the file limit");
  return {};
}

void give_back_memory() { ::malloc_trim(0); }

Result<std::size_t> file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return system_error(errno, "read the file limit");
  return std::size_t{files.rlim_cur};
}

}  // namespace certconnector::platform
