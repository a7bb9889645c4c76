#include "tests/endpoint/endpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/endpoint/admin_api.h"
#include "tests/endpoint/agent_store.h"
#include "tests/endpoint/challenge_check.h"
#include "tests/endpoint/challenge_mint.h"
#include "tests/endpoint/digest.h"
#include "tests/endpoint/enrollment.h"
#include "tests/endpoint/enrollment_ledger.h"
#include "tests/endpoint/faults.h"
#include "tests/endpoint/job_store.h"
#include "tests/endpoint/lease_service.h"
#include "tests/endpoint/management_api.h"
#include "tests/endpoint/result_service.h"
#include "tests/endpoint/result_store.h"
#include "tests/endpoint/schema.h"
#include "tests/endpoint/server.h"
#include "tests/endpoint/state_file.h"
#include "tests/endpoint/strict_json.h"
#include "tests/endpoint/tls_context.h"

namespace certconnector::endpoint {
namespace {

constexpr std::chrono::seconds kFarewell{3};
constexpr std::size_t kMaxAdminBody =
    std::size_t{64} * 1024 * 1024;  // a thousand jobs of the largest size

std::string url_of(const std::string& scheme, const Server& server) {
  std::string host = server.host();
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return scheme + "://" + host + ":" + std::to_string(server.port());
}

Result<std::string> admin_token(const std::string& state_dir) {
  const std::string path = state_dir + "/admin_token";
  CC_TRY_ASSIGN(const auto known, read_file(path));
  if (known && !known->empty()) return *known;
  std::string token = random_secret();
  CC_TRY(write_file(path, token, FileMode::secret));
  return token;
}

TlsOptions tls_options(const EndpointOptions& options, Timestamp now) {
  TlsOptions tls;
  if (!options.server_names.empty()) tls.server.names = options.server_names;
  tls.server.not_before = now - std::chrono::hours(48);
  tls.server.not_after = options.server_certificate_expired ? now - std::chrono::hours(24)
                                                            : now + std::chrono::hours(24 * 365);
  tls.extra_client_ca_file = options.extra_client_ca_file;
  tls.only_tls_1_1 = options.only_tls_1_1;
  return tls;
}

}  // namespace

// Construction order is dependency order; destruction is the reverse.
struct Endpoint::Parts {
  Parts(const EndpointOptions& options, std::unique_ptr<Database> database, OwnCa own_ca,
        ChallengeMint mint, std::string token, const Clock& clock)
      : db(std::move(database)),
        ca(std::move(own_ca)),
        challenges(std::move(mint)),
        admin_token(std::move(token)),
        agents(*db),
        jobs(*db, options.redelivery),
        enrollments(*db, challenges),
        results(*db, enrollments),
        enrollment(ca, agents, clock, options.client_lifetime),
        leases(io, jobs, faults, clock),
        result_service(results, faults, clock),
        challenge_check(challenges, faults, clock),
        management(agents, enrollment, leases, result_service, challenge_check, clock),
        faulty_management(io, management, faults),
        admin({*db, agents, jobs, results, result_service, enrollments, enrollment, leases,
               challenges, faults, clock},
              admin_token) {}

  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io};
  std::unique_ptr<Database> db;
  OwnCa ca;
  ChallengeMint challenges;
  std::string admin_token, url, admin_url;
  Faults faults;
  AgentStore agents;
  JobStore jobs;
  EnrollmentLedger enrollments;
  ResultStore results;
  Enrollment enrollment;
  LeaseService leases;
  ResultService result_service;
  ChallengeCheck challenge_check;
  ManagementApi management;
  FaultInjector faulty_management;
  AdminApi admin;
  std::unique_ptr<Server> management_server;
  std::unique_ptr<Server> admin_server;
};

Endpoint::Endpoint(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Endpoint::~Endpoint() = default;

Result<std::unique_ptr<Endpoint>> Endpoint::create(const EndpointOptions& options,
                                                   const Clock& clock) {
  CC_TRY(make_state_directory(options.state_dir));
  CC_TRY_ASSIGN(auto db, Database::open(options.state_dir + "/endpoint.db", options.durability));
  CC_TRY(apply_schema(*db));
  CC_TRY_ASSIGN(auto ca, OwnCa::open(options.state_dir, clock.now()));
  CC_TRY_ASSIGN(auto mint, ChallengeMint::open(options.state_dir));
  CC_TRY_ASSIGN(auto token, endpoint::admin_token(options.state_dir));
  CC_TRY_ASSIGN(auto tls, make_tls_context(ca, tls_options(options, clock.now())));
  auto parts = std::make_unique<Parts>(options, std::move(db), std::move(ca), std::move(mint),
                                       std::move(token), clock);

  ServerLimits management_limits;
  ServerLimits admin_limits;
  admin_limits.max_body = kMaxAdminBody;
  CC_TRY_ASSIGN(parts->management_server, make_server(parts->io, options.listen, std::move(tls),
                                                      parts->faulty_management, management_limits));
  CC_TRY_ASSIGN(parts->admin_server,
                make_server(parts->io, options.admin_listen, nullptr, parts->admin, admin_limits));
  parts->url =
      options.public_url.empty() ? url_of("https", *parts->management_server) : options.public_url;
  parts->admin_url = url_of("http", *parts->admin_server);
  parts->admin.set_url(parts->url);
  const std::string admin_file =
      dump_json({{"admin_url", parts->admin_url}, {"token", parts->admin_token}});
  CC_TRY(write_file(options.state_dir + "/admin.json", admin_file, FileMode::secret));
  return std::unique_ptr<Endpoint>(new Endpoint(std::move(parts)));
}

void Endpoint::run() {
  parts_->io.run();
  // stop() ended the loop: let answers under way go out. This returns at once when there are none.
  parts_->io.restart();
  parts_->signals.cancel();
  parts_->management_server->stop();
  parts_->admin_server->stop();
  parts_->leases.stop();
  parts_->result_service.stop();
  parts_->io.run_for(kFarewell);
}

void Endpoint::stop() {
  boost::asio::post(parts_->io, [this] { parts_->io.stop(); });
}

void Endpoint::stop_on_signals() {
  parts_->signals.add(SIGTERM);
  parts_->signals.add(SIGINT);
  parts_->signals.async_wait([this](boost::system::error_code ec, int) {
    if (!ec) parts_->io.stop();
  });
}

const std::string& Endpoint::url() const { return parts_->url; }
const std::string& Endpoint::admin_url() const { return parts_->admin_url; }
const std::string& Endpoint::admin_token() const { return parts_->admin_token; }
const std::string& Endpoint::ca_sha256() const { return parts_->ca.sha256(); }

std::string Endpoint::ready_line() const {
  return dump_json({{"url", url()}, {"admin_url", admin_url()}, {"ca_sha256", ca_sha256()}});
}

}  // namespace certconnector::endpoint
