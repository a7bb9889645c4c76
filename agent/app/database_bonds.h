// The CAs' word on the agent's database, before the agent uses it.
#pragma once

#include "agent/ca/backend.h"
#include "agent/config/settings.h"
#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"

namespace certconnector::app {

// No database is there, and none of an older release. Error corrupt: a CA has issued with one, so a
// new one would have forgotten what the CA issued and revoked.
[[nodiscard]] Status may_begin_anew(const config::Settings& settings, const ca::Backends& backends);
// Error corrupt: a CA has issued with another database, or with a newer copy of this one.
[[nodiscard]] Status check_database_of_cas(const config::Settings& settings,
                                           const ca::Backends& backends,
                                           core::CertificateStore& store);

// After a person has put another database in place: the CAs go on with it.
[[nodiscard]] Status forget_databases_of_cas(const config::Settings& settings,
                                             const ca::Backends& backends);

}  // namespace certconnector::app
