// One connection of the server. Beast stays inside this folder's .cpp files and this header.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/http/message.h"
#include "agent/http/server.h"

namespace certconnector::http {

// Lives as long as an operation of it is under way. All on the server's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `ended` is called once, when the connection is over.
  Session(boost::asio::ip::tcp::socket socket, const ServerSettings& settings, Handler& handler,
          log::Logger& log, std::function<void()> ended);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Session(Session&&) = delete;
  Session& operator=(Session&&) = delete;

  void run() { read_header(); }
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Body = boost::beast::http::span_body<const std::uint8_t>;
  using Answer = boost::beast::http::response<Body>;
  using ErrorCode = boost::beast::error_code;

  void read_header();
  void on_header(ErrorCode error);
  void send_continue();
  void read_body();
  void on_body(ErrorCode error);
  void answer();
  void refuse(unsigned status, const std::string& why);
  void refuse_unreadable(ErrorCode error);
  void write(Response response, bool keep_alive);
  void on_written(ErrorCode error);
  void drain();
  void on_drained(ErrorCode error);
  [[nodiscard]] Response handle(const Request& request);

  boost::beast::tcp_stream stream_;
  const ServerSettings& settings_;
  Handler& handler_;
  log::Logger& log_;
  std::function<void()> ended_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Answer> answer_;
  std::optional<boost::beast::http::response<boost::beast::http::empty_body>> continue_;
  std::optional<boost::beast::http::response_serializer<Body>> serializer_;
  std::shared_ptr<const Bytes> answer_body_;
  std::array<std::uint8_t, 4096> discarded_{};
  std::size_t drained_ = 0;
  unsigned version_ = 11;
  bool head_ = false;
};

}  // namespace certconnector::http
