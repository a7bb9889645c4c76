#include "common/net/system_proxy.h"

namespace certconnector::net {

// The environment is whoever's who started the process, and no setting of the machine.
std::shared_ptr<SystemProxy> system_proxy() { return nullptr; }

}  // namespace certconnector::net
