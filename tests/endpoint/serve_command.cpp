#include <iostream>

#include "tests/endpoint/command_line.h"
#include "tests/endpoint/endpoint.h"
#include "tests/endpoint/state_file.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;

// The machine's clock, but for a difference.
class WrongClock final : public Clock {
 public:
  explicit WrongClock(Duration ahead) : ahead_(ahead) {}
  [[nodiscard]] Timestamp wall() const override { return clock_.wall() + ahead_; }
  [[nodiscard]] Timestamp now() const override { return clock_.now() + ahead_; }

 private:
  const SystemClock clock_;
  const Duration ahead_;
};

po::options_description serve_options() {
  po::options_description options("options of serve");
  options.add_options()("help", "show this")(
      "state", po::value<std::string>()->required(),
      "directory for database, CA and tokens; made when it is not there")(
      "listen", po::value<std::string>()->default_value("127.0.0.1:0"),
      "ADDRESS:PORT of the management interface (HTTPS); port 0 takes a free one")(
      "admin", po::value<std::string>()->default_value("127.0.0.1:0"),
      "ADDRESS:PORT of the administrator's interface (HTTP): keep it on loopback")(
      "public-url", po::value<std::string>()->default_value(""),
      "address that tokens tell agents, when it is not the listening one")(
      "ready-file", po::value<std::string>()->default_value(""),
      "written when it serves: url, admin_url and ca_sha256 as JSON")(
      "client-lifetime", po::value<Span>()->default_value({std::chrono::hours(720)}, "30d"),
      "of the certificates that agents get")(
      "redelivery", po::value<Span>()->default_value({std::chrono::seconds(30)}, "30s"),
      "after this time a lease that nobody acknowledged is given again")(
      "volatile", po::bool_switch(),
      "do not wait for the disk: for benchmarks; a power cut can lose jobs")(
      "client-ca", po::value<std::string>()->default_value(""),
      "PEM file with the CAs of agents that have a certificate of another CA")(
      "server-name", po::value<std::vector<std::string>>()->default_value({}, ""),
      "for tests: what the server certificate is for (DNS:name, IP:address); repeatable")(
      "server-expired", po::bool_switch(), "for tests: serve with an expired certificate")(
      "clock-ahead", po::value<Span>()->default_value({std::chrono::seconds(0)}, "0s"),
      "for tests: have a clock that is ahead")("only-tls1.1", po::bool_switch(),
                                               "for tests: speak nothing but TLS 1.1");
  return options;
}

EndpointOptions endpoint_options(const po::variables_map& values) {
  EndpointOptions options;
  options.state_dir = values["state"].as<std::string>();
  options.listen = values["listen"].as<std::string>();
  options.admin_listen = values["admin"].as<std::string>();
  options.public_url = values["public-url"].as<std::string>();
  options.client_lifetime = values["client-lifetime"].as<Span>().value;
  options.redelivery = values["redelivery"].as<Span>().value;
  options.extra_client_ca_file = values["client-ca"].as<std::string>();
  options.server_names = values["server-name"].as<std::vector<std::string>>();
  options.server_certificate_expired = values["server-expired"].as<bool>();
  options.only_tls_1_1 = values["only-tls1.1"].as<bool>();
  if (values["volatile"].as<bool>()) options.durability = Durability::no_sync;
  return options;
}

}  // namespace

int serve(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, serve_options(), "", help);
  if (help) return 0;
  const WrongClock clock(values["clock-ahead"].as<Span>().value);
  const auto endpoint = Endpoint::create(endpoint_options(values), clock);
  if (!endpoint) return report(endpoint.error());
  (*endpoint)->stop_on_signals();
  const std::string line = (*endpoint)->ready_line() + "\n";
  const auto ready_file = values["ready-file"].as<std::string>();
  if (!ready_file.empty()) {
    const Status written = write_file(ready_file, line, FileMode::open);
    if (!written) return report(written.error());
  }
  std::cout << line << std::flush;
  (*endpoint)->run();
  return 0;
}

}  // namespace certconnector::endpoint
