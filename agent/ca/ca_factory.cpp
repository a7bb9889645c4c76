#include "agent/ca/ca_factory.h"

#include "agent/ca/ca_errors.h"
#include "agent/ca/local/local_ca.h"

namespace certconnector::ca {

Result<core::CaPorts> make_ca(const CaBackendSettings& settings, const CaBackendParts& parts) {
  if (settings.backend != "local") {
    return Error(CaErrc::unknown_backend, ErrorKind::permanent,
                 "CA " + settings.name + ": there is no backend \"" + settings.backend +
                     "\"; set backend=local in [ca." + settings.name + "]");
  }
  CC_TRY_ASSIGN(auto made, LocalCa::open(settings.local, parts));
  core::CaPorts authority;
  authority.finder = made.get();
  authority.crl_publisher = made.get();
  authority.certificates = made.get();
  authority.successors = made.get();
  authority.ca = std::move(made);
  authority.in_doubt = settings.in_doubt;
  authority.concurrency = settings.concurrency;
  authority.batch = settings.batch;
  return authority;
}

}  // namespace certconnector::ca
