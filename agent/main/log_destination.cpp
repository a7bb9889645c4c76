#include "agent/main/log_destination.h"

#include <filesystem>
#include <utility>

#include "agent/platform/files.h"
#include "agent/platform/log_target.h"

namespace certconnector {
namespace {

Status may_open(const std::string& log_file) {
  CC_TRY(platform::check_log_file(log_file));
  return platform::check_appendable(log_file);
}

// A log file that cannot be closed to others is no reason to log nothing. A device such as
// /dev/null is everybody's.
void close_to_others(const std::string& log_file) {
  if (!std::filesystem::is_regular_file(std::filesystem::u8path(log_file))) return;
  (void)platform::set_mode(log_file, platform::FileMode::private_group);
}

}  // namespace

app::LogTarget log_destination(std::string default_file) {
  return {platform::standard_error_is_journal(), may_open, close_to_others,
          std::move(default_file)};
}

}  // namespace certconnector
