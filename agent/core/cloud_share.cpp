#include "agent/core/cloud_share.h"

#include <algorithm>

namespace certconnector::core {

bool includes(const CloudShare& share, JobSource source, const std::string& instance) {
  if (source != JobSource::management) return share.remainder;
  if (instance == share.cloud) return true;
  const auto& others = share.others;
  return share.remainder && std::find(others.begin(), others.end(), instance) == others.end();
}

}  // namespace certconnector::core
