#include "agent/main/log_destination.h"

#include <utility>

#include "agent/platform/files.h"
#include "agent/platform/log_target.h"

namespace certconnector {
namespace {

Status may_open(const std::string& log_file) {
  CC_TRY(platform::check_log_file(log_file));
  return platform::check_appendable(log_file);
}

}  // namespace

app::LogTarget log_destination(std::string default_file) {
  return {platform::standard_error_is_journal(), may_open, platform::take_log_file,
          std::move(default_file)};
}

}  // namespace certconnector
