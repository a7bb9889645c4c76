#include "tests/bench/scep_connections.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "tests/bench/bench_site.h"

namespace certconnector::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

enum class LoadErrc { malformed, unreachable };

ErrorCode error_code(LoadErrc errc) {
  return {"bench", errc == LoadErrc::malformed ? "malformed" : "unreachable"};
}

// The threads share this state.
struct LoadState {
  LoadState(const LoadSettings& s, LoadResult& r) : settings(s), result(r) {}

  const LoadSettings& settings;
  LoadResult& result;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> lost{0};
  std::mutex mutex;
  std::string problem;  // the first one
};

class Connection {
 public:
  explicit Connection(LoadState& state) : state_(state) {}

  // One of a burst.
  void send(std::size_t number) {
    try {
      exchange(number);
    } catch (const boost::system::system_error&) {
      state_.result.latency_ms[number] = wall_ms() - begun_;
      ++state_.lost;
    }
  }

  void work() {
    try {
      for (;;) {
        const std::size_t number = state_.next++;
        if (number >= state_.settings.requests) return;
        exchange(number);
      }
    } catch (const boost::system::system_error& e) {
      const std::lock_guard lock(state_.mutex);
      if (state_.problem.empty()) state_.problem = e.code().message();
      state_.next = state_.settings.requests;
    }
  }

 private:
  void connect() {
    socket_.emplace(io_);
    tcp::resolver resolver(io_);
    asio::connect(*socket_,
                  resolver.resolve(state_.settings.target.host, state_.settings.target.port));
    socket_->set_option(tcp::no_delay(true));
    buffer_.clear();
    ++state_.connections;
  }

  void exchange(std::size_t number) {
    const LoadSettings& settings = state_.settings;
    http::request<http::string_body> request(settings.body ? http::verb::post : http::verb::get,
                                             settings.target.path + "?" + settings.query, 11);
    request.set(http::field::host, settings.target.host);
    if (settings.body) {
      request.set(http::field::content_type, "application/x-pki-message");
      request.body() = settings.body(number);
      request.prepare_payload();
    }
    http::response<http::string_body> response;
    begun_ = wall_ms();
    if (!socket_) connect();
    http::write(*socket_, request);
    http::read(*socket_, buffer_, response);
    state_.result.latency_ms[number] = wall_ms() - begun_;
    if (!response.keep_alive()) socket_.reset();
    if (response.result() != http::status::ok) ++state_.refused;
    if (settings.answer) settings.answer(number, std::move(response.body()));
  }

  LoadState& state_;
  double begun_ = 0;  // the request that is under way
  asio::io_context io_;
  std::optional<tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
};

void run_burst(LoadState& state) {
  std::promise<void> all_there;
  const std::shared_future<void> start = all_there.get_future().share();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < state.settings.requests; ++i) {
    threads.emplace_back([&state, start, i] {
      Connection connection(state);
      start.wait();
      connection.send(i);
    });
  }
  all_there.set_value();
  for (auto& thread : threads) thread.join();
}

void run_steadily(LoadState& state) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < state.settings.connections; ++i) {
    threads.emplace_back([&state] { Connection(state).work(); });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace

Result<Target> parse_target(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto path = url.find('/', kScheme.size());
  const auto colon = url.rfind(':', path);
  if (url.compare(0, kScheme.size(), kScheme) != 0 || path == std::string::npos ||
      colon < kScheme.size()) {
    return Error(LoadErrc::malformed, ErrorKind::permanent,
                 "\"" + url + "\" is not http://HOST:PORT/PATH");
  }
  return Target{url.substr(kScheme.size(), colon - kScheme.size()),
                url.substr(colon + 1, path - colon - 1), url.substr(path)};
}

Result<LoadResult> run_load(const LoadSettings& settings) {
  LoadResult result;
  result.latency_ms.resize(settings.requests);
  LoadState state(settings, result);
  const double before = wall_ms();
  settings.at_once ? run_burst(state) : run_steadily(state);
  result.wall_ms = wall_ms() - before;
  if (!state.problem.empty()) {
    return Error(LoadErrc::unreachable, ErrorKind::transient,
                 "the server at port " + settings.target.port + ": " + state.problem);
  }
  result.refused = state.refused;
  result.connections = state.connections;
  result.lost = state.lost;
  return result;
}

}  // namespace certconnector::bench
