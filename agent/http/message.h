// HTTP requests and answers as handlers see them: no type of the library that carries them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::http {

struct Request {
  std::string method;  // as received: "GET"
  std::string
      path;  // of the target, without query; always starts with '/'; percent escapes as received
  std::string query;                                         // without '?'; may be empty
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  std::string body;
  std::string peer;  // address of the client, "192.0.2.1"

  // The first header of this lower-case name; empty when there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type;           // empty: no body
  std::shared_ptr<const Bytes> body;  // shared with whoever keeps it; null: empty
  std::vector<std::pair<std::string, std::string>>
      headers;  // beside Content-Type and Content-Length
};

// An answer whose body is one line of text.
[[nodiscard]] Response text_response(unsigned status, const std::string& line);

// Answers requests. HEAD comes as it is; the server leaves the body out.
class Handler {
 public:
  virtual ~Handler() = default;
  // From the server's one thread: must not block. Must not throw; if it does, the client gets 500.
  virtual Response handle(const Request& request) = 0;
};

}  // namespace certconnector::http
