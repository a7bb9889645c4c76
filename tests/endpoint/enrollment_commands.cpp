#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/command_line.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

// One line for a person: accepted issued service="phones" device="device-7" ... Devices choose some
// of the texts, so they are escaped.
std::string line_of(const json& row) {
  std::string line =
      row.at("verdict").get<std::string>() + " " + row.at("status").get<std::string>();
  for (const char* member : {"service", "device", "subject", "serial", "code", "note"}) {
    const auto text = row.at(member).get<std::string>();
    if (!text.empty()) line += std::string(" ") + member + "=" + row.at(member).dump();
  }
  return line;
}

}  // namespace

int list_enrollments(const Arguments& arguments) {
  auto options = client_options();
  options.add_options()("json", po::bool_switch(), "print all that is known, as one JSON object");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  json all{{"enrollments", json::array()}};
  for (std::int64_t after = 0;;) {
    const auto page = client->get("/enrollments?limit=500&after=" + std::to_string(after));
    if (!page) return report(page.error());
    if (page->at("enrollments").empty()) break;
    for (const json& row : page->at("enrollments")) {
      after = row.at("n").get<std::int64_t>();
      if (values["json"].as<bool>()) {
        all["enrollments"].push_back(row);
      } else {
        std::cout << line_of(row) << "\n";
      }
    }
  }
  return values["json"].as<bool>() ? print(all) : 0;
}

}  // namespace certconnector::endpoint
