#include "agent/platform/own_user.h"

#include <unistd.h>

#include "agent/platform/posix/account.h"

namespace certconnector::platform {

std::string own_user() {
  const auto account = account_of(::geteuid());
  return account ? account->name : std::to_string(::geteuid());
}

}  // namespace certconnector::platform
