#include "tests/common/net/scripted_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace certconnector::testing {
namespace {

using X509Ptr = std::unique_ptr<X509, void (*)(X509*)>;

X509Ptr native(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  return {d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())), X509_free};
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> make_context(const ScriptedServerSettings& settings) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                       SSL_CTX_free);
  bool ok =
      SSL_CTX_use_certificate(context.get(), native(settings.server.certificate).get()) == 1 &&
      SSL_CTX_use_PrivateKey(context.get(), settings.server.key.native()) == 1;
  for (const auto& certificate : settings.chain) {
    ok = ok && SSL_CTX_add1_chain_cert(context.get(), native(certificate).get()) == 1;
  }
  for (const auto& certificate : settings.client_ca) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), native(certificate).get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (settings.max_version != 0) {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), 0);
    ok = ok && SSL_CTX_set_max_proto_version(context.get(), settings.max_version) == 1;
  }
  if (!settings.suites.empty()) {
    ok = ok && SSL_CTX_set_cipher_list(context.get(), settings.suites.c_str()) == 1;
  }
  if (!ok) throw std::runtime_error("the scripted server's certificate cannot be used");
  return context;
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
bool read_until_size(SSL* tls, std::string& have, std::size_t size) {
  std::array<char, 16384> buffer{};
  while (have.size() < size) {
    const int count = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) return false;
    have.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return true;
}

bool read_request(SSL* tls, std::string& pending, ReceivedRequest& request) {
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

}  // namespace

bool ScriptedConnection::send(std::string_view octets) {
  return octets.empty() || SSL_write(tls_, octets.data(), static_cast<int>(octets.size())) > 0;
}

void ScriptedConnection::answer(int status, std::string_view body, std::string_view more_headers) {
  send("HTTP/1.1 " + std::to_string(status) + " Whatever\r\nContent-Type: application/json\r\n" +
       std::string(more_headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
       std::string(body));
}

void ScriptedConnection::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  keep_ = false;
}

void ScriptedConnection::wait_for_client_close() {
  char octet = 0;
  while (SSL_read(tls_, &octet, 1) > 0) {
  }
  keep_ = false;
}

void ScriptedConnection::drip(std::string_view octet) {
  constexpr int kPauseMs = 5;
  pollfd socket{socket_, POLLIN, 0};
  while (send(octet) && poll(&socket, 1, kPauseMs) == 0) {
  }
  keep_ = false;
}

ScriptedServer::ScriptedServer(const ScriptedServerSettings& settings, Script script)
    : script_(std::move(script)),
      context_(make_context(settings)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the scripted server cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
  }
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  close(listener_);
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
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || socket < 0) {
      if (socket >= 0) close(socket);
      return;
    }
    open_.push_back(socket);
    const int number = ++connections_;
    threads_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

namespace {

// A TLS 1.3 client sends its request before it hears that its certificate was refused. Closing with
// that unread would reset the connection and throw away the alert.
void close_after_alert(int socket) {
  shutdown(socket, SHUT_WR);
  std::array<char, 4096> unread{};
  while (recv(socket, unread.data(), unread.size(), 0) > 0) {
  }
}

}  // namespace

void ScriptedServer::serve(int socket, int number) {
  // OpenSSL writes to the socket without MSG_NOSIGNAL, and clients do go away.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  {
    const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), socket);
    if (SSL_accept(tls.get()) == 1) {
      talk(tls.get(), socket, number);
    } else {
      close_after_alert(socket);
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), socket));
  close(socket);
}

void ScriptedServer::talk(SSL* tls, int socket, int number) {
  ScriptedConnection connection(socket, tls);
  std::string pending;
  while (connection.keep()) {
    ReceivedRequest request;
    request.connection = number;
    request.client_subject = subject_of_peer(tls);
    if (!read_request(tls, pending, request)) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      requests_.push_back(request);
    }
    script_(connection, request);
  }
}

}  // namespace certconnector::testing
