#include "tests/common/net/scripted_server.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "tests/support/wake_reader.h"

namespace certconnector::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;
using SystemError = boost::system::error_code;
using X509Ptr = std::unique_ptr<X509, void (*)(X509*)>;

X509Ptr native(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  return {d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())), X509_free};
}

// OpenSSL's own defaults, which Asio's constructors would change.
asio::ssl::context make_context(const ScriptedServerSettings& settings) {
  asio::ssl::context made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made.native_handle();
  bool ok = SSL_CTX_use_certificate(context, native(settings.server.certificate).get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, settings.server.key.native()) == 1;
  for (const auto& certificate : settings.chain) {
    ok = ok && SSL_CTX_add1_chain_cert(context, native(certificate).get()) == 1;
  }
  for (const auto& certificate : settings.client_ca) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), native(certificate).get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (settings.max_version != 0) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, 0);
    ok = ok && SSL_CTX_set_max_proto_version(context, settings.max_version) == 1;
  }
  if (!settings.suites.empty()) {
    ok = ok && SSL_CTX_set_cipher_list(context, settings.suites.c_str()) == 1;
  }
  if (!ok) throw std::runtime_error("the scripted server's certificate cannot be used");
  return made;
}

std::string subject_of_peer(SSL* tls) {
  const X509Ptr peer(SSL_get1_peer_certificate(tls), X509_free);
  if (!peer) return {};
  Bytes der(static_cast<std::size_t>(i2d_X509(peer.get(), nullptr)));
  unsigned char* at = der.data();
  i2d_X509(peer.get(), &at);
  const auto certificate = crypto::Certificate::from_der(der);
  return certificate ? certificate->subject_text() : "not readable";
}

std::size_t content_length(const std::string& head) {
  const std::string name = "\r\ncontent-length:";
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t at = lower.find(name);
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + name.size()));
}

// Reads on until `have` holds `size` octets; false when the client is gone.
bool read_until_size(TlsStream& tls, std::string& have, std::size_t size) {
  std::array<char, 16384> buffer{};
  while (have.size() < size) {
    SystemError failed;
    const std::size_t count = tls.read_some(asio::buffer(buffer), failed);
    if (failed) return false;
    have.append(buffer.data(), count);
  }
  return true;
}

bool read_request(TlsStream& tls, std::string& pending, ReceivedRequest& request) {
  std::size_t end = pending.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!read_until_size(tls, pending, pending.size() + 1)) return false;
    end = pending.find("\r\n\r\n");
  }
  request.head = pending.substr(0, end + 2);
  const std::size_t from = request.head.find(' ') + 1;
  request.path = request.head.substr(from, request.head.find(' ', from) - from);
  const std::size_t length = content_length(request.head);
  if (!read_until_size(tls, pending, end + 4 + length)) return false;
  request.body = pending.substr(end + 4, length);
  pending.erase(0, end + 4 + length);
  return true;
}

// A TLS 1.3 client sends its request before it hears that its certificate was refused. Closing with
// that unread would reset the connection and throw away the alert.
void close_after_alert(tcp::socket& socket) {
  SystemError ended;
  socket.shutdown(tcp::socket::shutdown_send, ended);
  std::array<char, 4096> unread{};
  while (!ended) socket.read_some(asio::buffer(unread), ended);
}

}  // namespace

struct ScriptedStream {
  ScriptedStream(tcp::socket socket, asio::ssl::context& context)
      : tls(std::move(socket), context) {}

  // Ends the TCP connection with a reset, once it is closed.
  void reset() {
    SystemError ignored;
    tls.next_layer().set_option(tcp::socket::linger(true, 0), ignored);
  }
  // From another thread: by the system's call, as the socket of Asio is the other's.
  void shut_down() {
    SystemError ignored;
    const asio::detail::socket_type socket = tls.next_layer().native_handle();
    asio::detail::socket_ops::shutdown(socket, tcp::socket::shutdown_both, ignored);
    wake_reader(static_cast<std::uintptr_t>(socket));
  }
  void close() {
    SystemError ignored;
    tls.next_layer().close(ignored);
  }

  TlsStream tls;
};

bool ScriptedConnection::send(std::string_view octets) {
  SystemError failed;
  asio::write(stream_.tls, asio::buffer(octets.data(), octets.size()), failed);
  return !failed;
}

void ScriptedConnection::answer(int status, std::string_view body, std::string_view more_headers) {
  send("HTTP/1.1 " + std::to_string(status) + " Whatever\r\nContent-Type: application/json\r\n" +
       std::string(more_headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
       std::string(body));
}

void ScriptedConnection::reset() {
  stream_.reset();
  keep_ = false;
}

void ScriptedConnection::wait_for_client_close() {
  std::string ignored;
  while (read_until_size(stream_.tls, ignored, 1)) ignored.clear();
  keep_ = false;
}

void ScriptedConnection::drip(std::string_view octet) {
  constexpr int kPauseMs = 5;
  SystemError ignored;
  const auto socket = stream_.tls.next_layer().native_handle();
  while (send(octet) && asio::detail::socket_ops::poll_read(socket, 0, kPauseMs, ignored) == 0) {
  }
  keep_ = false;
}

struct ScriptedServer::Parts {
  explicit Parts(const ScriptedServerSettings& settings)
      : context(make_context(settings)),
        listener(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  asio::io_context io;
  asio::ssl::context context;
  tcp::acceptor listener;
};

ScriptedServer::ScriptedServer(const ScriptedServerSettings& settings, Script script)
    : script_(std::move(script)),
      parts_(std::make_unique<Parts>(settings)),
      port_(parts_->listener.local_endpoint().port()),
      acceptor_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    for (ScriptedStream* stream : open_) stream->shut_down();
  }
  // Wakes the acceptor: no call ends a wait for a client on every system.
  SystemError ignored;
  tcp::socket waking(parts_->io);
  waking.connect(parts_->listener.local_endpoint(), ignored);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
}

std::string ScriptedServer::url(const std::string& host) const {
  return "https://" + host + ":" + std::to_string(port_);
}

std::vector<ReceivedRequest> ScriptedServer::requests() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

void ScriptedServer::accept_all() {
  while (true) {
    SystemError failed;
    tcp::socket socket = parts_->listener.accept(failed);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || failed) return;
    auto stream = std::make_shared<ScriptedStream>(std::move(socket), parts_->context);
    open_.push_back(stream.get());
    const int number = ++connections_;
    threads_.emplace_back([this, stream, number] { serve(*stream, number); });
  }
}

void ScriptedServer::serve(ScriptedStream& stream, int number) {
  SystemError failed;
  stream.tls.handshake(asio::ssl::stream_base::server, failed);
  if (failed) {
    close_after_alert(stream.tls.next_layer());
  } else {
    talk(stream, number);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.remove(&stream);
  stream.close();
}

void ScriptedServer::talk(ScriptedStream& stream, int number) {
  ScriptedConnection connection(stream);
  std::string pending;
  while (connection.keep()) {
    ReceivedRequest request;
    request.connection = number;
    request.client_subject = subject_of_peer(stream.tls.native_handle());
    if (!read_request(stream.tls, pending, request)) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      requests_.push_back(request);
    }
    script_(connection, request);
  }
}

}  // namespace certconnector::testing
