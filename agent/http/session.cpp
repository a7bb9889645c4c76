#include "agent/http/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "agent/http/request_rules.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

// What is read and thrown away after an answer that ends the connection, so that the client sees
// the answer and not a reset (RFC 9112 section 9.6).
constexpr std::size_t kMostDrained = 256UL * 1024;

}  // namespace

Session::Session(asio::ip::tcp::socket socket, const ServerSettings& settings, Handler& handler,
                 log::Logger& log, std::function<void()> ended)
    : stream_(std::move(socket)),
      settings_(settings),
      handler_(handler),
      log_(log),
      ended_(std::move(ended)),
      buffer_(settings.max_header + settings.max_body) {
  ErrorCode error;
  const auto remote = stream_.socket().remote_endpoint(error);
  if (!error) peer_ = remote.address().to_string();
}

Session::~Session() { ended_(); }

void Session::close() { stream_.close(); }

void Session::read_header() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(settings_.max_header));
  parser_->body_limit(settings_.max_body);
  stream_.expires_after(settings_.idle_timeout);
  beast::http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
        self->on_header(error);
      });
}

void Session::on_header(ErrorCode error) {
  if (error) return refuse_unreadable(error);
  const auto& header = parser_->get().base();
  version_ = header.version();
  head_ = header.method() == beast::http::verb::head;
  if (const auto broken = broken_rule(header)) return refuse(broken->status, broken->why);
  if (parser_->is_done()) return answer();
  if (expects_continue(header)) return send_continue();
  read_body();
}

void Session::send_continue() {
  continue_.emplace(beast::http::status::continue_, version_);
  stream_.expires_after(settings_.transfer_timeout);
  beast::http::async_write(stream_, *continue_,
                           [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
                             if (!error) self->read_body();
                           });
}

void Session::read_body() {
  stream_.expires_after(settings_.transfer_timeout);
  beast::http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) { self->on_body(error); });
}

void Session::on_body(ErrorCode error) {
  if (error) return refuse_unreadable(error);
  answer();
}

Response Session::handle(const Request& request) {
  try {
    return handler_.handle(request);
  } catch (const std::exception& failure) {
    log_.error("http.handler_failed", "an HTTP request could not be answered",
               {{"path", request.path}, {"error", failure.what()}});
    return text_response(500, "internal error");
  }
}

void Session::answer() {
  Request request = to_request(parser_->get().base());
  request.body = std::move(parser_->get().body());
  request.peer = peer_;
  write(handle(request), parser_->keep_alive());
}

void Session::refuse(unsigned status, const std::string& why) {
  write(text_response(status, why), false);
}

void Session::refuse_unreadable(ErrorCode error) {
  using Problem = beast::http::error;
  if (error.category() != make_error_code(Problem::bad_method).category())
    return;  // the connection is gone
  if (error == Problem::end_of_stream || error == Problem::partial_message) return;
  if (error == Problem::header_limit || error == Problem::buffer_overflow) {
    return refuse(431, "the header is too large");
  }
  if (error == Problem::body_limit) return refuse(413, "the body is too large");
  refuse(400, "not a valid HTTP request: " + error.message());
}

void Session::write(Response response, bool keep_alive) {
  answer_body_ = std::move(response.body);
  answer_.emplace(static_cast<beast::http::status>(response.status), version_);
  for (const auto& [name, value] : response.headers) answer_->set(name, value);
  if (!response.content_type.empty()) {
    answer_->set(beast::http::field::content_type, response.content_type);
    answer_->set("X-Content-Type-Options", "nosniff");
  }
  const std::size_t size = answer_body_ ? answer_body_->size() : 0;
  if (response.status != 304 && response.status != 204) answer_->content_length(size);
  if (!head_ && size != 0) answer_->body() = {answer_body_->data(), size};
  answer_->keep_alive(keep_alive);
  serializer_.emplace(*answer_);
  stream_.expires_after(settings_.transfer_timeout);
  const auto done = [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
    self->on_written(error);
  };
  // An empty answer to HEAD still says how long the body would be, so only the header is written.
  if (head_) {
    beast::http::async_write_header(stream_, *serializer_, done);
  } else {
    beast::http::async_write(stream_, *serializer_, done);
  }
}

void Session::on_written(ErrorCode error) {
  const bool keep_alive = !error && answer_->keep_alive();
  serializer_.reset();
  answer_.reset();
  answer_body_.reset();
  if (error) return;
  if (keep_alive) return read_header();
  ErrorCode ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(settings_.idle_timeout);
  drain();
}

void Session::drain() {
  stream_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](ErrorCode error, std::size_t size) {
                            self->drained_ += size;
                            self->on_drained(error);
                          });
}

void Session::on_drained(ErrorCode error) {
  if (error || drained_ > kMostDrained) return;
  drain();
}

}  // namespace certconnector::http
