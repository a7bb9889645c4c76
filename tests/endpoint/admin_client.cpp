#include "tests/endpoint/admin_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/state_file.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using nlohmann::json;

constexpr std::size_t kMaxAnswer = std::size_t{256} * 1024 * 1024;

Error network_error(const std::string& message) {
  return {EndpointErrc::network, ErrorKind::transient, message};
}

Result<json> read_answer(unsigned status, const std::string& body) {
  CC_TRY_ASSIGN(json answer, parse_json(body));
  if (status >= 200 && status < 300) return answer;
  Fields fields(answer);
  const std::string detail = fields.optional_text("detail", 1U << 20U).value_or(body);
  return Error(EndpointErrc::refused, ErrorKind::permanent,
               "the endpoint answered " + std::to_string(status) + ": " + detail);
}

}  // namespace

Result<AdminClient> AdminClient::open(const std::string& state_dir) {
  const std::string path = state_dir + "/admin.json";
  CC_TRY_ASSIGN(const auto content, read_file(path));
  if (!content) {
    return Error(EndpointErrc::refused, ErrorKind::permanent,
                 "there is no " + path + ": start the endpoint with 'serve --state " + state_dir +
                     "' first");
  }
  CC_TRY_ASSIGN(const json object, parse_json(*content));
  Fields fields(object);
  std::string url = fields.text("admin_url", 8, 256);
  std::string token = fields.text("token", 1, 256);
  const auto colon = url.rfind(':');
  if (!fields.ok() || url.rfind("http://", 0) != 0 || colon < 7) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent, path + " is damaged");
  }
  std::string host = url.substr(7, colon - 7);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return AdminClient(std::move(host), url.substr(colon + 1), std::move(token));
}

Result<json> AdminClient::get(const std::string& path) const { return call("GET", path, ""); }

Result<json> AdminClient::post(const std::string& path, const json& body) const {
  return call("POST", path, dump_json(body));
}

Result<json> AdminClient::put(const std::string& path, const json& body) const {
  return call("PUT", path, dump_json(body));
}

Result<json> AdminClient::call(const std::string& method, const std::string& path,
                               const std::string& body) const {
  try {
    asio::io_context io;
    asio::ip::tcp::resolver resolver(io);
    boost::beast::tcp_stream stream(io);
    stream.connect(resolver.resolve(host_, port_));
    http::request<http::string_body> request(http::string_to_verb(method), "/admin/v1" + path, 11);
    request.set(http::field::host, host_);
    request.set(http::field::authorization, "Bearer " + token_);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    request.body() = body;
    request.prepare_payload();
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswer);
    http::read(stream, buffer, parser);
    return read_answer(parser.get().result_int(), parser.get().body());
  } catch (const boost::system::system_error& e) {
    return network_error("cannot talk to the endpoint at " + host_ + ":" + port_ + ": " +
                         e.code().message() + "; is it running?");
  }
}

}  // namespace certconnector::endpoint
