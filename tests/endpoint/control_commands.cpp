#include <openssl/pem.h>

#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/command_line.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/openssl_handles.h"
#include "tests/endpoint/state_file.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

// "latency_ms=200", "drip=true", "paths=/jobs/lease,/jobs/results".
Status add_fault(const std::string& argument, json& plan) {
  const auto equals = argument.find('=');
  if (equals == std::string::npos) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "'" + argument + "' is not of the form name=value");
  }
  const std::string name = argument.substr(0, equals);
  const std::string value = argument.substr(equals + 1);
  std::int64_t number = 0;
  const auto [rest, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (name == "paths") {
    plan[name] = json::array();
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find(',', at), value.size());
      plan[name].push_back(value.substr(at, end - at));
      at = end + 1;
    }
  } else if (value == "true" || value == "false") {
    plan[name] = value == "true";
  } else if (failed == std::errc() && rest == value.data() + value.size()) {
    plan[name] = number;
  } else {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "the value of " + name + " must be a number, true or false");
  }
  return {};
}

Result<std::string> certificate_base64(const std::string& path) {
  CC_TRY_ASSIGN(const auto content, read_file(path));
  const std::string pem = content.value_or("");
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const CertificateHandle certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  unsigned char* der = nullptr;
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate.get(), &der);
  if (size <= 0) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 path + " holds no certificate in PEM");
  }
  std::string base64 = text::to_base64({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return base64;
}

}  // namespace

int make_token(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("name", po::value<std::string>()->default_value(""), "agent's name")(
      "lifetime", po::value<Span>()->default_value({std::chrono::hours(1)}, "1h"),
      "how long the token can be used")("json", po::bool_switch(), "print the whole answer");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(values["lifetime"].as<Span>().value);
  const auto answer = client->post("/tokens", {{"agent_name", values["name"].as<std::string>()},
                                               {"lifetime_seconds", seconds.count()}});
  if (!answer || values["json"].as<bool>()) return print(answer);
  std::cout << answer->at("token").get<std::string>() << "\n";
  return 0;
}

int set_faults(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("fault", po::value<std::vector<std::string>>(),
                        "name=value, or 'none' for no faults; what is not named is switched off");
  bool help = false;
  const auto values = read_options(arguments, options, "fault", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  if (values.count("fault") == 0) return print(client->get("/faults"));
  json plan = json::object();
  for (const std::string& fault : values["fault"].as<std::vector<std::string>>()) {
    if (fault == "none") continue;
    const Status added = add_fault(fault, plan);
    if (!added) return report(added.error());
  }
  return print(client->put("/faults", plan));
}

int list_agents(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, client_options(), "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  return client ? print(client->get("/agents")) : report(client.error());
}

int add_agent(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("name", po::value<std::string>()->default_value(""), "agent's name")(
      "certificate", po::value<std::string>()->required(), "the agent's certificate (PEM)");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto certificate = certificate_base64(values["certificate"].as<std::string>());
  if (!certificate) return report(certificate.error());
  return print(client->post("/agents", {{"agent_name", values["name"].as<std::string>()},
                                        {"certificate", *certificate}}));
}

int revoke_agent(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("id", po::value<std::string>()->required(), "the agent's id");
  bool help = false;
  const auto values = read_options(arguments, options, "id", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  return print(
      client->post("/agents/" + values["id"].as<std::string>() + "/revoke", json::object()));
}

}  // namespace certconnector::endpoint
