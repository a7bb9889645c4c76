// A TLS server on loopback that runs a test's script, good or bad. It speaks TLS by Asio and no
// HTTP library, so that it can send octets that none would send.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/test_pki.h"

namespace certconnector::testing {

struct ScriptedStream;

struct ReceivedRequest {
  std::string path;
  std::string head;  // request line and headers
  std::string body;
  int connection = 0;          // counts the connections of the server from 1
  std::string client_subject;  // RFC 4514 of the client certificate; empty: none
};

// One connection, while its script runs. Used by one thread.
class ScriptedConnection {
 public:
  explicit ScriptedConnection(ScriptedStream& stream) : stream_(stream) {}

  // False when the client is gone.
  bool send(std::string_view octets);
  void answer(int status, std::string_view body, std::string_view more_headers = {});
  void close_after_answer() { keep_ = false; }
  // Ends the TCP connection with a reset.
  void reset();
  // Blocks until the client has closed the connection, or the server stops.
  void wait_for_client_close();
  // One octet at a time until the client is gone.
  void drip(std::string_view octet);
  [[nodiscard]] bool keep() const { return keep_; }

 private:
  ScriptedStream& stream_;
  bool keep_ = true;
};

using Script = std::function<void(ScriptedConnection&, const ReceivedRequest&)>;

struct ScriptedServerSettings {
  Credential server;
  std::vector<crypto::Certificate> chain;      // sent after the server's own
  std::vector<crypto::Certificate> client_ca;  // empty: asks for no client certificate
  int max_version = 0;                         // of TLS, as OpenSSL numbers them; 0: no limit
  std::string suites{};                        // of TLS 1.2; empty: what OpenSSL likes
};

// Calls the script once for each request, from several threads when there are several connections.
class ScriptedServer {
 public:
  ScriptedServer(const ScriptedServerSettings& settings, Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& host = "localhost") const;
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  struct Parts;

  void accept_all();
  void serve(ScriptedStream& stream, int number);
  void talk(ScriptedStream& stream, int number);

  Script script_;
  std::unique_ptr<Parts> parts_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::list<ScriptedStream*> open_;
  std::vector<ReceivedRequest> requests_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace certconnector::testing
