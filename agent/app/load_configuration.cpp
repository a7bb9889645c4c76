#include "agent/app/load_configuration.h"

#include "agent/app/ca_backends.h"
#include "agent/config/configuration.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"

namespace certconnector::app {

ErrorCode error_code(ConfigurationErrc errc) {
  switch (errc) {
    case ConfigurationErrc::unreadable:
      return {"configuration", "unreadable"};
    case ConfigurationErrc::wrong:
      return {"configuration", "wrong"};
  }
  return {"configuration", "unknown"};
}

namespace {

std::string with_what_helps(const Error& error) {
  using platform::PlatformErrc;
  if (error.code() == platform::error_code(PlatformErrc::not_found)) {
    return error.message() + "; an empty file is enough for the defaults";
  }
  return error.message();
}

}  // namespace

Result<config::Reading> read_configuration(const std::string& path) {
  // It names the programs and keys that the agent uses.
  const auto text = platform::read_trusted_file(path, config::kMaxConfigurationSize);
  if (!text.ok()) {
    return Error(ConfigurationErrc::unreadable, ErrorKind::permanent,
                 with_what_helps(text.error()) + "\n");
  }
  return config::parse(*text, ca::rules_of(ca_backends()));
}

Result<config::Settings> load_configuration(const std::string& path) {
  CC_TRY_ASSIGN(config::Reading reading, read_configuration(path));
  if (!reading.settings) {
    return Error(ConfigurationErrc::wrong, ErrorKind::permanent,
                 config::to_text(reading.problems, path));
  }
  return std::move(*reading.settings);
}

}  // namespace certconnector::app
