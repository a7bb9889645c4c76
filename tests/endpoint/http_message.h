// Requests and answers between the HTTP sessions and the interfaces behind them; no Beast type in
// sight.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace certconnector::endpoint {

struct Request {
  std::string method;
  std::string path;   // without the query
  std::string query;  // behind '?', may be empty
  std::string content_type;
  std::string authorization;
  std::string body;
  std::string client_certificate;  // SHA-256 of its DER in hex; empty when the client showed none
};

// How an answer is put on the wire. Everything but `whole` is a fault on purpose.
enum class Delivery {
  whole,
  reset,         // nothing is sent; the connection ends with a TCP reset
  truncated,     // half of what Content-Length promises, then the connection ends
  huge_headers,  // a megabyte of header fields in front of the body
  endless,       // a chunked body that does not end
  drip           // one octet every 100 ms
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  Delivery delivery = Delivery::whole;
};

// Called once, from the server's thread.
using Respond = std::function<void(Response)>;
// Ends a waiting request early, with whatever answer it has by then. Empty when there is nothing to
// end.
using Cancel = std::function<void()>;

class Handler {
 public:
  virtual ~Handler() = default;
  // Runs on the server's thread and must not block on the network. May answer before it returns.
  [[nodiscard]] virtual Cancel handle(Request request, Respond respond) = 0;
};

[[nodiscard]] inline Response json_response(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

// A problem document, RFC 9457. `code` is the stable member that programs look at.
[[nodiscard]] Response problem(int status, const std::string& code, const std::string& detail,
                               std::optional<std::chrono::seconds> retry_after = std::nullopt);

[[nodiscard]] std::string reason_phrase(int status);

}  // namespace certconnector::endpoint
