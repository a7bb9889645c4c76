#include "common/net/https_client.h"

#ifndef _TURN_OFF_PLATFORM_STRING
#define _TURN_OFF_PLATFORM_STRING  // cpprest's macro U() would break other headers
#endif
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "common/net/connection_error.h"
#include "common/net/exchange.h"

namespace certconnector::net {
namespace {

namespace http = web::http;
// cpprest's texts are UTF-16 on Windows.
using utility::conversions::to_string_t;
using utility::conversions::to_utf8string;

// cpprest closes the socket of a canceled request on the thread that cancels, beside the thread
// that may just read it, which crashes. With one thread, and cancellations on it, neither can be
// beside the other.
constexpr std::size_t kNetworkThreads = 1;
constexpr std::size_t kIdleConnections = 4;
constexpr std::size_t kFraming = std::size_t{256} * 1024;  // TLS records, chunk sizes, handshake
constexpr std::chrono::milliseconds kCloseLimit{1000};
// cpprest's own limit is for each step. It must not come before our deadline, which is for all.
constexpr std::chrono::hours kNoLimit{24};
constexpr int kUnauthorized = 401;

void start_network_threads() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      crossplat::threadpool::initialize_with_threads(kNetworkThreads);
    } catch (const std::exception&) {
      // Someone used cpprest before us in this process: its threads serve as well.
    }
  });
}

std::size_t size_of(const http::http_headers& headers) {
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size() + 4;
  return size;
}

http::client::http_client_config make_config(const std::optional<Proxy>& by,
                                             const std::shared_ptr<ConnectionWatch>& watch) {
  http::client::http_client_config config;
  config.set_timeout(kNoLimit);
  config.set_max_redirects(0);
  config.set_ssl_context_callback(
      [watch](boost::asio::ssl::context& context) { watch->attach(context.native_handle()); });
  if (by) {
    web::web_proxy proxy{web::uri(to_string_t(by->url))};
    if (!by->user.empty()) {
      proxy.set_credentials(web::credentials(to_string_t(by->user), to_string_t(by->password)));
    }
    config.set_proxy(proxy);
  }
  return config;
}

// A client with one connection, used by one request at a time.
struct Connection {
  Connection(const HttpsSettings& settings, const std::optional<Proxy>& proxy,
             const std::shared_ptr<const TlsSetup>& tls, std::uint64_t made_with)
      : watch(std::make_shared<ConnectionWatch>(tls, settings.max_answer + kFraming)),
        client(web::uri(to_string_t(settings.origin.text())), make_config(proxy, watch)),
        generation(made_with) {}

  std::shared_ptr<ConnectionWatch> watch;
  http::client::http_client client;
  std::uint64_t generation;  // of the credentials
  bool used = false;         // an answer came on it before
};

HttpsAnswer head_of(const http::http_response& response) {
  HttpsAnswer answer;
  answer.status = response.status_code();
  for (const auto& [name, value] : response.headers()) {
    answer.headers.push_back({to_utf8string(name), to_utf8string(value)});
  }
  return answer;
}

// Must be called while an exception is handled.
ExchangeFailure current_failure() {
  try {
    throw;
  } catch (const http::http_exception& error) {
    return {error.error_code().value(), error.what()};
  } catch (const std::exception& error) {
    return {0, error.what()};
  } catch (...) {
    return {0, "unknown failure"};
  }
}

// Tells the exchange when cpprest has destroyed the request: only then is its connection free for
// the next one.
struct ClosedNotice {
  explicit ClosedNotice(std::shared_ptr<Exchange> to_tell) : exchange(std::move(to_tell)) {}
  ~ClosedNotice() { exchange->closed(); }
  ClosedNotice(const ClosedNotice&) = delete;
  ClosedNotice& operator=(const ClosedNotice&) = delete;

  std::shared_ptr<Exchange> exchange;
};

http::http_request make_request(const HttpsRequest& request) {
  http::http_request made(request.method == Method::get ? http::methods::GET : http::methods::POST);
  made.set_request_uri(to_string_t(request.path));
  for (const Header& header : request.headers) {
    made.headers().add(to_string_t(header.name), to_string_t(header.value));
  }
  if (request.method != Method::get) made.set_body(request.body, request.content_type);
  return made;
}

// Sends and arranges that the exchange hears how it went. Never throws.
void send(const std::shared_ptr<Connection>& connection, const std::shared_ptr<Exchange>& exchange,
          const HttpsSettings& settings, const HttpsRequest& request,
          const pplx::cancellation_token& canceled) {
  const auto on_headers = [exchange, max_answer = settings.max_answer,
                           max_headers = settings.max_headers](http::http_response response) {
    exchange->headers(head_of(response));
    const bool too_large = response.headers().content_length() > max_answer ||
                           size_of(response.headers()) > max_headers;
    if (too_large) exchange->end(Exchange::End::too_large);
    return response.extract_vector();
  };
  // Keeps the connection alive until cpprest has let go of it, and observes every exception of the
  // chain.
  const auto on_end = [exchange, connection](const pplx::task<std::vector<unsigned char>>& task) {
    try {
      const auto octets = task.get();
      exchange->answered(std::string(octets.begin(), octets.end()));
    } catch (...) {
      exchange->failed(current_failure());
    }
  };
  try {
    http::http_request made = make_request(request);
    made.set_progress_handler([notice = std::make_shared<ClosedNotice>(exchange)](
                                  http::message_direction::direction, utility::size64_t) {});
    connection->client.request(made, canceled).then(on_headers).then(on_end);
  } catch (...) {
    exchange->failed(current_failure());
  }
}

void cancel_on_network_thread(const pplx::cancellation_token_source& cancel) {
  crossplat::threadpool::shared_instance().service().post([cancel] { cancel.cancel(); });
}

using SteadyTime = std::chrono::steady_clock::time_point;

// The limits of one call of a user, over all its attempts.
struct Limits {
  Duration timeout;  // as the user gave it
  SteadyTime deadline;
  const StopToken& stop;

  [[nodiscard]] Duration left() const {
    const auto left = deadline - std::chrono::steady_clock::now();
    return std::max(Duration(0), std::chrono::duration_cast<Duration>(left));
  }
};

}  // namespace

class HttpsClient::Impl {
 public:
  Impl(HttpsSettings settings, std::shared_ptr<const TlsSetup> tls)
      : settings_(std::move(settings)), tls_(std::move(tls)) {
    start_network_threads();
  }

  Result<HttpsAnswer> send(const HttpsRequest& request, Duration timeout, const StopToken& stop) {
    const Limits limits{timeout, std::chrono::steady_clock::now() + timeout, stop};
    if (!settings_.tokens) return exchange(request, limits);
    CC_TRY_ASSIGN(const Header token, settings_.tokens->token("", limits.left(), stop));
    auto answer = exchange(with(token, request), limits);
    if (!answer || answer->status != kUnauthorized) return answer;
    CC_TRY_ASSIGN(const Header other, settings_.tokens->token(token.value, limits.left(), stop));
    return other.value == token.value ? std::move(answer) : exchange(with(other, request), limits);
  }

  void use(std::shared_ptr<const TlsSetup> tls) {
    const std::lock_guard<std::mutex> lock(mutex_);
    tls_ = std::move(tls);
    ++generation_;
    idle_.clear();
  }

 private:
  struct Attempt {
    Result<HttpsAnswer> answer;
    bool may_repeat = false;  // the connection broke: it may have been a stale one
  };

  static HttpsRequest with(const Header& token, HttpsRequest request) {
    request.headers.push_back(token);
    return request;
  }

  Result<HttpsAnswer> exchange(const HttpsRequest& request, const Limits& limits) {
    CC_TRY_ASSIGN(auto connection, take());
    const bool kept = connection->used;
    auto attempt = exchange_once(connection, request, limits);
    if (!attempt.may_repeat || !kept) return std::move(attempt.answer);
    drop_idle();
    CC_TRY_ASSIGN(const auto other, take());
    return exchange_once(other, request, limits).answer;
  }

  Attempt exchange_once(const std::shared_ptr<Connection>& connection, const HttpsRequest& request,
                        const Limits& limits) {
    if (limits.stop.stop_requested()) return {error_of({Exchange::End::stopped}, limits), false};
    if (limits.left() == Duration(0)) return {error_of({Exchange::End::timed_out}, limits), false};
    auto exchange = std::make_shared<Exchange>();
    pplx::cancellation_token_source cancel;
    const auto on_stop = limits.stop.on_stop([exchange] { exchange->end(Exchange::End::stopped); });
    connection->watch->begin([exchange] { exchange->end(Exchange::End::too_large); });
    net::send(connection, exchange, settings_, request, cancel.get_token());

    const auto end = exchange->wait_until(limits.deadline);
    connection->watch->end();
    if (end != Exchange::End::answered) {
      cancel_on_network_thread(cancel);
      // Normally at once; a host name that is being looked up cannot be interrupted and is left
      // behind.
      static_cast<void>(exchange->wait_closed(kCloseLimit));
      const auto refusal = connection->watch->refusal();
      return {error_of({end, exchange->failure(), refusal}, limits),
              end == Exchange::End::failed && !refusal};
    }
    const bool closed = exchange->wait_closed(kCloseLimit);
    auto answer = exchange->take_answer();
    answer.pinned_ca = connection->watch->pinned_ca();
    if (closed) give_back(connection);
    return {std::move(answer), false};
  }

  [[nodiscard]] Error error_of(const ConnectionFailure& failure, const Limits& limits) const {
    return connection_error(settings_.server + " at " + settings_.origin.text(), failure,
                            limits.timeout);
  }

  Result<std::shared_ptr<Connection>> take() {
    if (auto idle = take_idle()) return idle;
    std::optional<Proxy> proxy = settings_.proxy;
    if (settings_.system_proxy) {
      CC_TRY_ASSIGN(proxy, settings_.system_proxy->proxy_for(settings_.origin));
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::make_shared<Connection>(settings_, proxy, tls_, generation_);
  }

  // Null: there is none.
  std::shared_ptr<Connection> take_idle() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void give_back(const std::shared_ptr<Connection>& connection) {
    connection->used = true;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (connection->generation != generation_ || idle_.size() >= kIdleConnections) return;
    idle_.push_back(connection);
  }

  void drop_idle() {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.clear();
  }

  const HttpsSettings settings_;
  std::mutex mutex_;
  std::shared_ptr<const TlsSetup> tls_;
  std::uint64_t generation_ = 0;
  std::vector<std::shared_ptr<Connection>> idle_;  // the last used at the end
};

HttpsClient::HttpsClient(HttpsSettings settings, std::shared_ptr<const TlsSetup> tls)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(tls))) {}

HttpsClient::~HttpsClient() = default;

Result<HttpsAnswer> HttpsClient::send(const HttpsRequest& request, Duration timeout,
                                      const StopToken& stop) {
  return impl_->send(request, timeout, stop);
}

void HttpsClient::use(std::shared_ptr<const TlsSetup> tls) { impl_->use(std::move(tls)); }

}  // namespace certconnector::net
