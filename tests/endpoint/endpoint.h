// The reference management endpoint as one object: stores, services, both listeners and the loop
// that runs them.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/own_ca.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

struct EndpointOptions {
  std::string state_dir;
  std::string listen = "127.0.0.1:0";
  std::string admin_listen = "127.0.0.1:0";
  std::string public_url;  // what tokens say; empty: made from the listening address
  Durability durability = Durability::full;
  Duration client_lifetime = std::chrono::hours(24 * 30);
  Duration redelivery = std::chrono::seconds(30);
  // For tests of clients: what the server certificate says, and the version of TLS.
  std::vector<std::string> server_names;  // empty: localhost, 127.0.0.1 and ::1
  bool server_certificate_expired = false;
  bool only_tls_1_1 = false;
  std::string extra_client_ca_file;
};

class Endpoint {
 public:
  // Listens when it returns; answers once run() runs. Writes <state_dir>/admin.json (0600) for the
  // client verbs. `clock` must outlive the endpoint.
  [[nodiscard]] static Result<std::unique_ptr<Endpoint>> create(const EndpointOptions& options,
                                                                const Clock& clock);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint();

  // Serves on the calling thread until stop(); then answers what is under way, for at most three
  // seconds.
  void run();
  // Thread-safe.
  void stop();
  // Calls stop() on SIGTERM and SIGINT. Before run().
  void stop_on_signals();

  [[nodiscard]] const std::string& url() const;        // https://127.0.0.1:PORT
  [[nodiscard]] const std::string& admin_url() const;  // http://127.0.0.1:PORT
  [[nodiscard]] const std::string& admin_token() const;
  [[nodiscard]] const std::string& ca_sha256() const;
  // {"url","admin_url","ca_sha256"} in one line.
  [[nodiscard]] std::string ready_line() const;

 private:
  struct Parts;
  explicit Endpoint(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace certconnector::endpoint
