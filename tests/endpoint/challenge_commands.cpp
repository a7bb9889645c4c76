#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/command_line.h"
#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;
using nlohmann::json;
using Texts = std::vector<std::string>;

po::options_description challenge_options() {
  auto options = client_options();
  options.add_options()("service", po::value<std::string>()->required(),
                        "the agent's SCEP service that the challenge is for")(
      "device", po::value<std::string>()->required(), "the device's name or id")(
      "subject", po::value<std::string>(),
      "of the certificate, RFC 4514, such as CN=laptop,O=Example; what is not claimed, from here "
      "to --sid, the request may not ask for")(
      "san", po::value<Texts>(),
      "subject alternative name, such as dns:laptop.example; repeatable")(
      "key-usage", po::value<Texts>(), "such as digitalSignature; repeatable")(
      "eku", po::value<Texts>(), "extended key usage, such as 1.3.6.1.5.5.7.3.2; repeatable")(
      "sid", po::value<std::string>(), "security identifier for strong mapping")(
      "template", po::value<std::string>(), "template's name; else the service's own")(
      "key", po::value<std::string>(), "the least key, such as rsa:2048 or ec:256; else any")(
      "key-sha256", po::value<std::string>(),
      "SHA-256 of the device's public key (DER SubjectPublicKeyInfo), in hex; else any key")(
      "lifetime", po::value<Span>()->default_value({std::chrono::hours(1)}, "1h"),
      "how long it can be used")("starts-in", po::value<Span>()->default_value({Duration(0)}, "0s"),
                                 "from now; may be negative: to see old challenges refused")(
      "issuer", po::value<std::string>(), "who minted it; else the endpoint's address")(
      "id", po::value<std::string>(), "of the challenge; else random")("json", po::bool_switch(),
                                                                       "print the whole answer");
  return options;
}

std::int64_t seconds_of(const po::variables_map& values, const std::string& option) {
  return std::chrono::duration_cast<std::chrono::seconds>(values[option].as<Span>().value).count();
}

// "dns:laptop.example".
Result<json> names_of(const Texts& names) {
  json out = json::array();
  for (const std::string& name : names) {
    const auto colon = name.find(':');
    if (colon == std::string::npos) {
      return Error(EndpointErrc::malformed, ErrorKind::permanent,
                   "'" + name + "' is no name such as dns:laptop.example");
    }
    out.push_back({{"type", name.substr(0, colon)}, {"value", name.substr(colon + 1)}});
  }
  return out;
}

// "rsa:2048".
Status add_least_key(const std::string& key, json& wish) {
  const auto colon = std::min(key.find(':'), key.size());
  const std::string bits = key.substr(std::min(colon + 1, key.size()));
  int number = 0;
  const auto [rest, failed] = std::from_chars(bits.data(), bits.data() + bits.size(), number);
  if (failed != std::errc() || rest != bits.data() + bits.size()) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "'" + key + "' is no key such as rsa:2048");
  }
  wish["key_kind"] = key.substr(0, colon);
  wish["key_bits"] = number;
  return {};
}

Result<json> challenge_wish(const po::variables_map& values) {
  json wish{{"lifetime_seconds", seconds_of(values, "lifetime")},
            {"starts_in_seconds", seconds_of(values, "starts-in")}};
  for (const auto& [option, member] : {std::pair("service", "service"),
                                       {"device", "device"},
                                       {"subject", "subject"},
                                       {"sid", "sid"},
                                       {"template", "template"},
                                       {"key-sha256", "key_sha256"},
                                       {"issuer", "issuer"},
                                       {"id", "id"}}) {
    if (values.count(option) != 0) wish[member] = values[option].as<std::string>();
  }
  if (values.count("key-usage") != 0) wish["key_usage"] = values["key-usage"].as<Texts>();
  if (values.count("eku") != 0) wish["extended_key_usage"] = values["eku"].as<Texts>();
  if (values.count("san") != 0) {
    CC_TRY_ASSIGN(wish["subject_alt_names"], names_of(values["san"].as<Texts>()));
  }
  if (values.count("key") != 0) CC_TRY(add_least_key(values["key"].as<std::string>(), wish));
  return wish;
}

}  // namespace

int mint_challenge(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, challenge_options(), "", help);
  if (help) return 0;
  const auto wish = challenge_wish(values);
  if (!wish) return report(wish.error());
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto answer = client->post("/challenges", *wish);
  if (!answer || values["json"].as<bool>()) return print(answer);
  std::cout << answer->at("challenge").get<std::string>() << "\n";
  return 0;
}

int show_challenge_keys(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, client_options(), "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto answer = client->get("/challenge-keys");
  if (!answer) return report(answer.error());
  std::cout << answer->at("pem").get<std::string>();
  return 0;
}

int roll_challenge_key(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, client_options(), "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto answer = client->post("/challenge-keys/roll", json::object());
  if (!answer) return report(answer.error());
  std::cout << "challenges are signed with the key " << answer->at("key_id").get<std::string>()
            << "; give the agents the output of challenge-keys\n";
  return 0;
}

}  // namespace certconnector::endpoint
