#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/time/stop.h"
#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/command_line.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/state_file.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr Duration kBetweenLooks{100};

std::int64_t finished_of(const json& summary) {
  std::int64_t finished = 0;
  for (const auto& [status, count] : summary.at("finished").items()) {
    finished += count.get<std::int64_t>();
  }
  return finished;
}

// PEM of base64 text, RFC 7468: lines of 64 characters.
std::string armour(const std::string& base64) {
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) out += base64.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

Status write_certificate(const std::string& folder, const json& row) {
  const json& result = row.at("result");
  if (result.value("status", "") != "issued") return {};
  return write_file(folder + "/" + row.at("id").get<std::string>() + ".pem",
                    armour(result.value("certificate", "")), FileMode::open);
}

Status write_chains(const std::string& folder, const json& chains) {
  for (const auto& [ca, certificates] : chains.items()) {
    std::string pem;
    for (const json& certificate : certificates) pem += armour(certificate.get<std::string>());
    CC_TRY(write_file(folder + "/chain-" + ca + ".pem", pem, FileMode::open));
  }
  return {};
}

Result<std::size_t> write_results(const AdminClient& client, const std::string& folder) {
  json all = json::array();
  std::int64_t after = 0;
  while (true) {
    CC_TRY_ASSIGN(const json page, client.get("/results?limit=500&after=" + std::to_string(after)));
    if (page.at("results").empty()) break;
    for (const json& row : page.at("results")) {
      after = row.at("n").get<std::int64_t>();
      CC_TRY(write_certificate(folder, row));
      all.push_back(row);
    }
    CC_TRY(write_chains(folder, page.at("chains")));
  }
  CC_TRY(write_file(folder + "/results.json", all.dump(2) + "\n", FileMode::open));
  return all.size();
}

}  // namespace

int wait_for_results(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("finished", po::value<std::int64_t>()->required(),
                        "how many jobs must have a result")(
      "timeout", po::value<Span>()->default_value({std::chrono::seconds(60)}, "60s"),
      "give up after this time, exit 1");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto wanted = values["finished"].as<std::int64_t>();
  const SystemClock clock;
  const Timestamp give_up = clock.now() + values["timeout"].as<Span>().value;
  Wakeup pause;
  while (true) {
    const auto summary = client->get("/summary");
    if (!summary) return report(summary.error());
    if (finished_of(*summary) >= wanted) return print(summary);
    if (clock.now() >= give_up) {
      std::cerr << "certconnector-endpoint: " << finished_of(*summary) << " of " << wanted
                << " jobs finished in time; " << summary->at("queued") << " queued, "
                << summary->at("leased") << " leased\n";
      std::cout << summary->dump(2) << "\n";
      return 1;
    }
    static_cast<void>(pause.wait(kBetweenLooks, StopToken()));
  }
}

int fetch_results(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("out", po::value<std::string>()->required(),
                        "folder for JOB-ID.pem, chain-CA.pem and results.json");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto folder = values["out"].as<std::string>();
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto count = write_results(*client, folder);
  if (!count) return report(count.error());
  std::cout << json{{"results", *count}} << "\n";
  return 0;
}

int show_summary(const Arguments& arguments) {
  bool help = false;
  const auto values = read_options(arguments, client_options(), "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  return client ? print(client->get("/summary")) : report(client.error());
}

}  // namespace certconnector::endpoint
