#include "common/http/service_url.h"

#include <utility>

#include "common/http/server.h"
#include "common/net/address/url.h"

namespace certconnector::http {
namespace {

constexpr std::size_t kMaxUrlPath = 1024;

Error bad_service_url(const std::string& what) {
  return {HttpErrc::bad_address, ErrorKind::permanent,
          "the address " + what + "; write it as https://host:port/path"};
}

}  // namespace

Result<ServiceUrl> parse_service_url(std::string_view url) {
  auto parsed = net::parse_url(url);
  if (!parsed) return bad_service_url(parsed.error().message());
  std::string& path = parsed->path;
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (path.size() > kMaxUrlPath || !parsed->query.empty() || !parsed->fragment.empty()) {
    return bad_service_url("has something other than a path behind the host");
  }
  ServiceUrl out;
  out.path = std::move(path);
  out.peer.address = std::move(parsed->origin.host);
  out.peer.port = parsed->origin.port;
  if (parsed->origin.scheme == net::Scheme::https) out.peer.tls = PeerTrust{out.peer.address, ""};
  return out;
}

}  // namespace certconnector::http
