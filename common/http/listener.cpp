#include "common/http/listener.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "common/http/client_address.h"
#include "common/http/native_socket.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// After a failed accept (no file descriptors left): not at once again, and not never.
constexpr std::chrono::milliseconds kAcceptPause{200};

// Not worth telling the allocator of less.
constexpr std::size_t kMuchHeld = 16UL * 1024 * 1024;
// The wait before memory goes back to the system, since connections end in groups.
constexpr std::chrono::milliseconds kCalm{500};

// Three quarters of the whole: one client cannot shut out all others, and the devices behind one
// NAT or proxy rarely meet the limit.
std::size_t share_of_client(std::size_t whole) { return whole - whole / 4; }

BudgetLimits limits_of(const ServerSettings& settings) {
  return {settings.memory, share_of_client(settings.memory), settings.max_connections,
          share_of_client(settings.max_connections)};
}

std::string address_of(const Socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return {};
  const auto address = remote.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// Transient: the port is in use, or the network has yet to bring up the address. Permanent: a port
// below 1024 that the agent may not use.
std::string what_helps(const boost::system::error_code& error, std::uint16_t port) {
  if (error == asio::error::address_in_use) {
    return "; free it, or choose another address; this shows who has it: " + command_for_port(port);
  }
  const bool missing = error == boost::system::errc::address_not_available;
  return missing ? "; choose an address of this machine, or 0.0.0.0 for all of them"
                 : "; choose another address";
}

constexpr std::uint16_t kFirstFreePort = 1024;

ErrorKind kind_of_listen_error(const boost::system::error_code& error) {
  return error == asio::error::access_denied || error == asio::error::address_family_not_supported
             ? ErrorKind::permanent
             : ErrorKind::transient;
}

}  // namespace

std::size_t connections_in(std::size_t memory, bool tls) {
  return memory / (tls ? kTlsConnectionOctets : kPlainConnectionOctets);
}

// One connection's place: says to the listener what it holds.
class Listener::Place final : public ConnectionPlace {
 public:
  Place(Listener& listener, std::uint64_t id, const std::string& client)
      : listener_(listener), id_(id) {
    listener_.budget_.open(id, client);
  }
  ~Place() override { listener_.left(id_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Place(Place&&) = delete;
  Place& operator=(Place&&) = delete;

  void hold(std::size_t octets) override {
    listener_.budget_.hold(id_, octets);
    listener_.keep_limits(id_);
  }
  void owe() override { listener_.budget_.owe(id_); }
  void wait() override { listener_.budget_.wait(id_); }

 private:
  Listener& listener_;
  const std::uint64_t id_;
};

Listener::Listener(ServerSettings settings, TlsContext tls, Handler& handler, log::Logger& log)
    : settings_(std::move(settings)),
      tls_(std::move(tls)),
      log_(log),
      budget_(limits_of(settings_)),
      gate_(std::make_shared<ReplyGate>(
          io_, [this](RequestId to, Response response) { deliver(to, std::move(response)); })),
      session_settings_{settings_, handler, log, *gate_},
      work_(io_.get_executor()),
      acceptor_(io_),
      pause_(io_),
      calm_(io_) {}

Status Listener::open(const tcp::endpoint& endpoint) {
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) error = claim_port(acceptor_.native_handle());
  if (!error) acceptor_.set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer), error);
  if (!error) acceptor_.set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
  if (!error) acceptor_.bind(endpoint, error);
  error = meaning_of_bind(error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return {};
  if (error == asio::error::access_denied && endpoint.port() < kFirstFreePort) {
    return Error(HttpErrc::low_port, ErrorKind::permanent,
                 "cannot listen on " + settings_.listen + ": " + error.message() +
                     "; only a program with a privilege may listen on a port below 1024");
  }
  return Error(HttpErrc::cannot_listen, kind_of_listen_error(error),
               "cannot listen on " + settings_.listen + ": " + error.message() +
                   what_helps(error, endpoint.port()));
}

void Listener::run() {
  thread_ = std::thread([this] { serve(); });
}

void Listener::stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    calm_.cancel();
    work_.reset();
    std::vector<std::shared_ptr<Session>> alive;  // a session that ends leaves sessions_
    for (const auto& [id, open] : sessions_) alive.push_back(open.session.lock());
    for (const auto& session : alive) {
      if (session) session->close();
    }
  });
  if (thread_.joinable()) thread_.join();
  gate_->close();
}

void Listener::replace_tls(TlsContext tls) {
  const std::lock_guard lock(tls_mutex_);
  tls_ = std::move(tls);
}

TlsContext Listener::tls() {
  const std::lock_guard lock(tls_mutex_);
  return tls_;
}

// A connection that fails with an unexpected exception neither ends the agent nor keeps the
// listener from accepting others.
void Listener::serve() {
  while (!io_.stopped()) {
    accept();
    try {
      io_.run();
    } catch (const std::exception& failure) {
      log_.error("http.connection_failed", "an HTTP connection ended with an internal error",
                 {{"error", failure.what()}});
    }
  }
}

// Runs when a connection ends as well, which may be while an exception is on its way: throws
// nothing. Without memory to wait in it is tried again when the next connection ends.
void Listener::accept() noexcept {
  if (stopping_ || accepting_ || pausing_) return;
  accepting_ = true;
  try {
    acceptor_.async_accept([this](boost::system::error_code error, Socket socket) {
      accepting_ = false;
      on_accepted(error, std::move(socket));
    });
  } catch (const std::exception&) {
    accepting_ = false;
  }
}

void Listener::on_accepted(boost::system::error_code error, Socket socket) {
  if (stopping_) return;
  // The others must not wait for a client that is gone.
  if (error && is_of_the_client(error)) return accept();
  if (error) return pause(error);
  failing_ = false;
  open_session(std::move(socket));
  accept();
}

// Nothing ends a pause but its time: a connection that ends may leave its descriptor to others, and
// accepting again and again would take the whole thread.
void Listener::pause(boost::system::error_code error) {
  const log::Fields fields{{"address", settings_.listen}, {"error", error.message()}};
  if (std::exchange(failing_, true)) {
    log_.debug("http.accept_failed", "A connection could not be accepted again.", fields);
  } else {
    log_.warning("http.accept_failed",
                 "A connection could not be accepted; the listener tries again. When files run "
                 "out, raise the process's limit of open files, or lower [http] max_connections.",
                 fields);
  }
  pausing_ = true;
  pause_.expires_after(kAcceptPause);
  pause_.async_wait([this](boost::system::error_code canceled) {
    if (canceled) return;  // the listener stops
    pausing_ = false;
    accept();
  });
}

void Listener::open_session(Socket socket) {
  std::string peer = address_of(socket);
  const std::uint64_t id = ++last_id_;
  // Every exception from here on frees the place.
  auto place = std::make_unique<Place>(*this, id, limit_key(peer));
  const auto session =
      make_session({std::move(socket), id, peer, tls(), std::move(place)}, session_settings_);
  sessions_.emplace(id, Open{session, std::move(peer)});
  session->run();
}

void Listener::deliver(RequestId to, Response response) {
  const auto found = sessions_.find(to.session);
  const auto session = found == sessions_.end() ? nullptr : found->second.session.lock();
  if (session) session->answer(to.number, std::move(response));
}

void Listener::keep_limits(std::uint64_t changed) {
  most_held_ = std::max(most_held_, budget_.octets());
  while (const auto id = budget_.next_to_cut(changed)) {
    budget_.close(*id);
    const auto found = sessions_.find(*id);
    if (found == sessions_.end()) continue;
    note_cut(found->second.peer);
    if (const auto session = found->second.session.lock()) session->cut();
  }
}

void Listener::note_cut(const std::string& peer) {
  if (cut_++ > 0) return;
  log_.warning(
      "http.overloaded",
      "More connections come than there is room for: those that have waited longest for "
      "their client are cut, of the client that holds the most. Honest devices come again; "
      "if they are many, raise [http] memory or max_connections.",
      {{"address", settings_.listen},
       {"port", port_},
       {"first_cut", peer},
       {"connections", budget_.connections()},
       {"octets", budget_.octets()}});
}

void Listener::left(std::uint64_t id) noexcept {
  sessions_.erase(id);
  budget_.close(id);
  accept();
  try {
    note_calm();
  } catch (const std::exception&) {
    // It is said, and memory given back, when the next connection ends.
  }
}

void Listener::note_calm() {
  if (cut_ > 0 && budget_.octets() < settings_.memory / 2 &&
      budget_.connections() < settings_.max_connections / 2 + 1) {
    log_.info("http.overload_over", "There is room for connections again.",
              {{"address", settings_.listen}, {"port", port_}, {"cut", cut_}});
    cut_ = 0;
  }
  if (most_held_ < kMuchHeld || budget_.octets() > most_held_ / 4) return;
  most_held_ = budget_.octets();
  if (!settings_.memory_freed || stopping_) return;
  calm_.expires_after(kCalm);
  calm_.async_wait([this](boost::system::error_code canceled) {
    if (!canceled) settings_.memory_freed();
  });
}

}  // namespace certconnector::http
