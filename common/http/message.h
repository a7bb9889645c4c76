// HTTP requests and answers as handlers see them: no type of the library that carries them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/text/byte_source.h"
#include "common/text/bytes.h"

namespace certconnector::http {

struct Request {
  std::string method;  // as received: "GET"
  std::string
      path;  // of the target, without query; always starts with '/'; percent escapes as received
  std::string query;                                         // without '?'; may be empty
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  std::string body;
  // Address of the client, "192.0.2.1"; IPv4 over an IPv6 socket is IPv4. The server sets the
  // address that connected; Admission replaces it by the address that sent the request.
  std::string peer;
  std::shared_ptr<const Bytes> peer_certificate;  // DER; null: none was shown, or no TLS

  // The first header of this lower-case name; empty when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type;           // empty: no body
  std::shared_ptr<const Bytes> body;  // may be shared with other answers; null: empty
  std::vector<std::pair<std::string, std::string>>
      headers;  // beside Content-Type and Content-Length
  // In place of `body`: the server reads it piece by piece while it sends, on its own thread. When
  // it cannot be read any more, the server ends the connection.
  SharedBytes source;
};

// An answer whose body is one line of text.
[[nodiscard]] Response text_response(unsigned status, const std::string& line);

// The one answer that a request waits for. The holder owes the answer: a Reply that is destroyed
// unanswered sends 500.
class Reply {
 public:
  // `send` is called at most once, by the thread that answers or destroys.
  explicit Reply(std::function<void(Response)> send);
  ~Reply();
  Reply(Reply&& other) noexcept;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  // From any thread, while the server lives or after. Does nothing the second time, and when the
  // connection or the server is gone.
  void send(Response response);

 private:
  void abandon();

  std::function<void(Response)> send_;
};

// Answers requests. HEAD comes as it is; the server leaves the body out.
class Handler {
 public:
  virtual ~Handler() = default;
  // From the server's one thread: must not block. Answers now, or keeps `reply` and answers later
  // from any thread. Must not throw; if it does, the client gets 500.
  virtual void handle(Request request, Reply reply) = 0;
};

}  // namespace certconnector::http
