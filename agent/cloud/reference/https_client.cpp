#include "agent/cloud/reference/https_client.h"

#ifndef _TURN_OFF_PLATFORM_STRING
#define _TURN_OFF_PLATFORM_STRING  // cpprest's macro U() would break other headers
#endif
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <vector>

#include "agent/cloud/reference/connection_error.h"
#include "agent/cloud/reference/exchange.h"

namespace certconnector::cloud {
namespace {

namespace http = web::http;

constexpr std::size_t kNetworkThreads = 2;
constexpr std::size_t kIdleConnections = 4;
constexpr std::size_t kFraming = std::size_t{256} * 1024;  // TLS records, chunk sizes, handshake
constexpr std::chrono::milliseconds kCloseLimit{1000};

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

std::string header(const http::http_headers& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::size_t size_of(const http::http_headers& headers) {
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size() + 4;
  return size;
}

http::client::http_client_config make_config(const HttpsSettings& settings,
                                             const std::shared_ptr<ConnectionWatch>& watch) {
  http::client::http_client_config config;
  // Of each step, not of the request; our own deadline comes first.
  config.set_timeout(settings.longest_timeout + std::chrono::seconds(10));
  config.set_max_redirects(0);
  config.set_ssl_context_callback(
      [watch](boost::asio::ssl::context& context) { watch->attach(context.native_handle()); });
  if (settings.proxy) {
    web::web_proxy proxy{web::uri(settings.proxy->url)};
    if (!settings.proxy->user.empty()) {
      proxy.set_credentials(web::credentials(settings.proxy->user, settings.proxy->password));
    }
    config.set_proxy(proxy);
  }
  return config;
}

// A client with one connection, used by one request at a time.
struct Connection {
  Connection(const HttpsSettings& settings, const std::shared_ptr<const TlsSetup>& tls,
             std::uint64_t made_with)
      : watch(std::make_shared<ConnectionWatch>(tls, settings.max_answer + kFraming)),
        client(web::uri(settings.origin.text()), make_config(settings, watch)),
        generation(made_with) {}

  std::shared_ptr<ConnectionWatch> watch;
  http::client::http_client client;
  std::uint64_t generation;  // of the credentials
  bool used = false;         // an answer came on it before
};

HttpsAnswer head_of(const http::http_response& response) {
  HttpsAnswer answer;
  answer.status = response.status_code();
  answer.content_type = header(response.headers(), "Content-Type");
  answer.retry_after = header(response.headers(), "Retry-After");
  answer.date = header(response.headers(), "Date");
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

// Sends and arranges that the exchange hears how it went. Never throws.
void send(const std::shared_ptr<Connection>& connection, const std::shared_ptr<Exchange>& exchange,
          const HttpsSettings& settings, const std::string& path, const std::string& body,
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
    http::http_request request(http::methods::POST);
    request.set_request_uri(path);
    request.headers().add("Accept", "application/json, application/problem+json");
    request.set_body(body, "application/json");
    request.set_progress_handler([notice = std::make_shared<ClosedNotice>(exchange)](
                                     http::message_direction::direction, utility::size64_t) {});
    connection->client.request(request, canceled).then(on_headers).then(on_end);
  } catch (...) {
    exchange->failed(current_failure());
  }
}

}  // namespace

class HttpsClient::Impl {
 public:
  Impl(HttpsSettings settings, std::shared_ptr<const TlsSetup> tls)
      : settings_(std::move(settings)), tls_(std::move(tls)) {
    start_network_threads();
  }

  Result<HttpsAnswer> post(const std::string& path, const std::string& body, Duration timeout,
                           const StopToken& stop) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    auto connection = take();
    const bool kept = connection->used;
    auto attempt = post_once(connection, path, body, deadline, timeout, stop);
    if (!attempt.may_repeat || !kept) return std::move(attempt.answer);
    drop_idle();
    return post_once(take(), path, body, deadline, timeout, stop).answer;
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

  Attempt post_once(const std::shared_ptr<Connection>& connection, const std::string& path,
                    const std::string& body, std::chrono::steady_clock::time_point deadline,
                    Duration timeout, const StopToken& stop) {
    auto exchange = std::make_shared<Exchange>();
    pplx::cancellation_token_source cancel;
    const auto on_stop = stop.on_stop([exchange] { exchange->end(Exchange::End::stopped); });
    connection->watch->begin([exchange] { exchange->end(Exchange::End::too_large); });
    send(connection, exchange, settings_, path, body, cancel.get_token());

    const auto end = exchange->wait_until(deadline);
    connection->watch->end();
    if (end != Exchange::End::answered) {
      cancel.cancel();
      // Normally at once; a host name that is being looked up cannot be interrupted and is left
      // behind.
      exchange->wait_closed(kCloseLimit);
      return {connection_error(settings_.origin.text(), end, exchange->failure(),
                               connection->watch->refusal(), timeout),
              end == Exchange::End::failed && !connection->watch->refusal()};
    }
    exchange->wait_closed(kCloseLimit);
    auto answer = exchange->take_answer();
    answer.pinned_ca = connection->watch->pinned_ca();
    give_back(connection);
    return {std::move(answer), false};
  }

  std::shared_ptr<Connection> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return std::make_shared<Connection>(settings_, tls_, generation_);
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

Result<HttpsAnswer> HttpsClient::post(const std::string& path, const std::string& body,
                                      Duration timeout, const StopToken& stop) {
  return impl_->post(path, body, timeout, stop);
}

void HttpsClient::use(std::shared_ptr<const TlsSetup> tls) { impl_->use(std::move(tls)); }

}  // namespace certconnector::cloud
