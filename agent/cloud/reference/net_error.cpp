#include "agent/cloud/reference/net_error.h"

#include "agent/cloud/reference/errors.h"
#include "common/net/errors.h"

namespace certconnector::cloud {
namespace {

struct Translation {
  net::NetErrc from;
  CloudErrc to;
  const char* remedy;
};

constexpr Translation kTranslations[] = {
    {net::NetErrc::unreachable, CloudErrc::unreachable, ""},
    {net::NetErrc::unknown_host, CloudErrc::unknown_host, ""},
    {net::NetErrc::proxy_unreachable, CloudErrc::proxy_unreachable, ""},
    {net::NetErrc::not_tls, CloudErrc::not_tls, ""},
    {net::NetErrc::reset, CloudErrc::unreachable,
     "; if this goes on, it may be refusing our certificate: see `certconnector identity show`"},
    {net::NetErrc::timed_out, CloudErrc::timed_out, ""},
    {net::NetErrc::stopped, CloudErrc::stopped, ""},
    {net::NetErrc::untrusted, CloudErrc::untrusted, ""},
    {net::NetErrc::certificate_expired, CloudErrc::certificate_expired, ""},
    {net::NetErrc::other_host, CloudErrc::other_host, ""},
    {net::NetErrc::pin_missed, CloudErrc::pin_missed, ""},
    {net::NetErrc::certificate_refused, CloudErrc::identity_refused,
     "; see `certconnector identity show`"},
    {net::NetErrc::proxy_refused, CloudErrc::proxy_refused,
     ": check proxy_user and proxy_password_file"},
    {net::NetErrc::too_large, CloudErrc::bad_answer, ""},
    {net::NetErrc::bad_credentials, CloudErrc::bad_credentials, ""},
};

}  // namespace

Error from_net(const Error& error) {
  for (const Translation& row : kTranslations) {
    if (error.code() != error_code(row.from)) continue;
    return {row.to, error.kind(), error.message() + row.remedy};
  }
  return error;
}

}  // namespace certconnector::cloud
