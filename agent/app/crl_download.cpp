#include "agent/app/crl_download.h"

#include <string>
#include <utility>

#include "agent/app/errors.h"
#include "agent/platform/files.h"
#include "common/http/client.h"
#include "common/net/address/url.h"
#include "common/text/pem_blocks.h"

namespace certconnector::app {
namespace {

constexpr Duration kLongestFetch{std::chrono::seconds(10)};
constexpr unsigned kHttpOk = 200;

Error no_crl(std::string why) {
  return {AppErrc::unusable_crl, ErrorKind::transient, std::move(why)};
}

Result<Bytes> fetch_crl(const std::string& address, const StopToken& stop) {
  CC_TRY_ASSIGN(const net::Url url, net::parse_url(address));
  if (url.origin.scheme != net::Scheme::http) return no_crl("its address is not http");
  http::Peer peer;
  peer.address = url.origin.host;
  peer.port = url.origin.port;
  http::Request request;
  request.method = "GET";
  request.path = url.path.empty() ? "/" : url.path;
  request.query = url.query;
  CC_TRY_ASSIGN(const http::Response answer,
                http::fetch(peer, request, {kLongestFetch, ndes::kMaxCrlOctets, stop}));
  if (answer.status != kHttpOk || !answer.body) {
    return no_crl("the server answers " + std::to_string(answer.status) +
                  " (the agent follows no redirect)");
  }
  return *answer.body;
}

Result<Bytes> read_crl(const std::string& path) {
  constexpr std::size_t kPemIsLarger = 2;
  CC_TRY_ASSIGN(const std::string content,
                platform::read_file(path, kPemIsLarger * ndes::kMaxCrlOctets));
  const auto lists = text::der_of(content, "X509 CRL");
  if (lists.size() != 1 || lists.front().size() > ndes::kMaxCrlOctets) {
    return no_crl("the file has no CRL, several, or one over 32 MiB (DER, or PEM X509 CRL)");
  }
  return as_bytes(lists.front()).to_bytes();
}

}  // namespace

ndes::CrlAccess crl_access(const StopToken& stop) {
  return {[stop](const std::string& url) { return fetch_crl(url, stop); }, read_crl};
}

}  // namespace certconnector::app
