#include "proto/management/origin.h"

#include <utility>

#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

Error bad_endpoint_url(const std::string& what) {
  return {ManagementErrc::bad_url, ErrorKind::permanent,
          "the endpoint's address " + what + "; it must look like https://host:port"};
}

}  // namespace

Result<net::Origin> parse_origin(std::string_view url) {
  auto parsed = net::parse_url(url);
  if (!parsed) return bad_endpoint_url(parsed.error().message());
  if (parsed->origin.scheme != net::Scheme::https) {
    return bad_endpoint_url("does not begin with https://");
  }
  const bool has_path = !parsed->path.empty() && parsed->path != "/";
  if (has_path || !parsed->query.empty() || !parsed->fragment.empty()) {
    return bad_endpoint_url("has a path, a query or a fragment");
  }
  return std::move(parsed->origin);
}

}  // namespace certconnector::management
