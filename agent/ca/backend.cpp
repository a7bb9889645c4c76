#include "agent/ca/backend.h"

#include <algorithm>

namespace certconnector::ca {

config::CaBackendList rules_of(const Backends& backends) {
  config::CaBackendList list;
  list.reserve(backends.size());
  for (const Backend& backend : backends) list.push_back(backend.rules);
  return list;
}

const Backend* find_backend(const Backends& backends, const std::string& name) {
  const auto found = std::find_if(backends.begin(), backends.end(),
                                  [&](const Backend& one) { return one.rules.name == name; });
  return found == backends.end() ? nullptr : &*found;
}

}  // namespace certconnector::ca
