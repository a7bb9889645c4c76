#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/command_line.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/request_files.h"

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::size_t kBatch = 1000;

po::options_description common_options() {
  auto options = client_options();
  options.add_options()("ca", po::value<std::string>()->required(),
                        "SHA-256 of the issuing CA's certificate, in hex")(
      "priority", po::value<int>(), "-100 to 100, higher first")(
      "deadline", po::value<Span>(), "from now, such as 1h; after it a job is dead")(
      "id-prefix", po::value<std::string>(), "ids become PREFIX1, PREFIX2, ...; else random")(
      "print-ids", po::bool_switch(), "print the ids, one a line");
  return options;
}

// The members of every job of the call.
json job_frame(const po::variables_map& values, const std::string& type, std::size_t number) {
  json job{{"type", type}, {"ca", values["ca"].as<std::string>()}};
  if (values.count("priority") != 0) job["priority"] = values["priority"].as<int>();
  if (values.count("deadline") != 0) {
    job["deadline"] = to_rfc3339(SystemClock().wall() + values["deadline"].as<Span>().value);
  }
  if (values.count("id-prefix") != 0) {
    job["id"] = values["id-prefix"].as<std::string>() + std::to_string(number);
  }
  return job;
}

// Sends in calls of at most a thousand, so that neither side holds more.
class Sender {
 public:
  Sender(const AdminClient& client, bool print_ids) : client_(client), print_ids_(print_ids) {}

  [[nodiscard]] Status add(json job) {
    jobs_.push_back(std::move(job));
    if (jobs_.size() < kBatch) return {};
    return flush();
  }
  [[nodiscard]] Status flush() {
    if (jobs_.empty()) return {};
    CC_TRY_ASSIGN(const json answer, client_.post("/jobs", {{"jobs", std::move(jobs_)}}));
    jobs_ = json::array();
    sent_ += answer.at("ids").size();
    if (print_ids_) {
      for (const json& id : answer.at("ids")) std::cout << id.get<std::string>() << "\n";
    }
    return {};
  }
  [[nodiscard]] std::size_t sent() const { return sent_; }

 private:
  const AdminClient& client_;
  bool print_ids_;
  json jobs_ = json::array();
  std::size_t sent_ = 0;
};

int finish(Sender& sender, const po::variables_map& values) {
  const Status flushed = sender.flush();
  if (!flushed) return report(flushed.error());
  if (!values["print-ids"].as<bool>()) std::cout << json{{"queued", sender.sent()}} << "\n";
  return 0;
}

Result<json> issue_content(const po::variables_map& values, const RequestFile& file) {
  json issue{{"template", values["template"].as<std::string>()},
             {"pkcs10", text::to_base64(file.der)}};
  if (values.count("sid") != 0) issue["sid"] = values["sid"].as<std::string>();
  if (values.count("validity") != 0) {
    issue["validity_seconds"] =
        std::chrono::duration_cast<std::chrono::seconds>(values["validity"].as<Span>().value)
            .count();
  }
  if (values["expect-subject"].as<bool>()) {
    CC_TRY_ASSIGN(const std::string subject, subject_of_request(file.der));
    issue["expected"] = {{"subject", subject}};
  }
  return issue;
}

Status queue_requests(const po::variables_map& values, const std::vector<RequestFile>& files,
                      Sender& sender) {
  const std::size_t count =
      values.count("count") != 0 ? values["count"].as<std::size_t>() : files.size();
  for (std::size_t i = 0; i < count; ++i) {
    const RequestFile& file = files[i % files.size()];
    json job = job_frame(values, "issue", i + 1);
    CC_TRY_ASSIGN(job["issue"], issue_content(values, file));
    CC_TRY(sender.add(std::move(job)));
  }
  return {};
}

Result<std::vector<std::string>> serials_of_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) {
    return Error(EndpointErrc::storage, ErrorKind::permanent, "cannot read the serials of " + path);
  }
  std::vector<std::string> serials;
  for (std::string serial; in >> serial;) serials.push_back(serial);
  return serials;
}

// Serials of issued results of the CA, oldest first, at most `count`.
Result<std::vector<std::string>> serials_of_results(const AdminClient& client,
                                                    const std::string& ca, std::size_t count) {
  std::vector<std::string> serials;
  std::int64_t after = 0;
  while (serials.size() < count) {
    CC_TRY_ASSIGN(const json page, client.get("/results?limit=500&after=" + std::to_string(after)));
    if (page.at("results").empty()) break;
    for (const json& row : page.at("results")) {
      after = row.at("n").get<std::int64_t>();
      const json& result = row.at("result");
      if (result.value("status", "") != "issued" || result.value("ca", "") != ca) continue;
      if (serials.size() < count) serials.push_back(result.value("serial", ""));
    }
  }
  return serials;
}

Result<std::vector<std::string>> serials_for(const po::variables_map& values,
                                             const AdminClient& client) {
  const std::size_t count =
      values.count("count") != 0 ? values["count"].as<std::size_t>() : SIZE_MAX;
  if (values.count("serials") == 0) {
    return serials_of_results(client, values["ca"].as<std::string>(), count);
  }
  CC_TRY_ASSIGN(auto serials, serials_of_file(values["serials"].as<std::string>()));
  if (serials.size() > count) serials.resize(count);
  return serials;
}

}  // namespace

int queue_issue(const Arguments& arguments) {
  auto options = common_options();
  options.add_options()("template", po::value<std::string>()->required(), "template's name")(
      "requests", po::value<std::string>()->required(), "folder of PKCS#10 requests (PEM or DER)")(
      "count", po::value<std::size_t>(),
      "this many jobs, going round the requests again and again")(
      "expect-subject", po::bool_switch(), "the agent must find the request's own subject")(
      "sid", po::value<std::string>(), "security identifier for strong mapping")(
      "validity", po::value<Span>(), "requested validity, such as 90d");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto files = read_request_files(values["requests"].as<std::string>());
  if (!files) return report(files.error());
  Sender sender(*client, values["print-ids"].as<bool>());
  const Status queued = queue_requests(values, *files, sender);
  return queued ? finish(sender, values) : report(queued.error());
}

int queue_revoke(const Arguments& arguments) {
  auto options = common_options();
  options.add_options()("serials", po::value<std::string>(), "file of serial numbers in hex")(
      "from-results", po::bool_switch(), "take the serials of certificates that were issued")(
      "count", po::value<std::size_t>(), "at most this many")(
      "reason", po::value<int>()->default_value(0),
      "RFC 5280 reason code, such as 1 keyCompromise");
  bool help = false;
  const auto values = read_options(arguments, options, "", help);
  if (help) return 0;
  if ((values.count("serials") != 0) == values["from-results"].as<bool>()) {
    std::cerr << "certconnector-endpoint queue-revoke: give --serials FILE or --from-results\n";
    return 2;
  }
  const auto client = AdminClient::open(values["state"].as<std::string>());
  if (!client) return report(client.error());
  const auto serials = serials_for(values, *client);
  if (!serials) return report(serials.error());
  Sender sender(*client, values["print-ids"].as<bool>());
  std::size_t number = 0;
  for (const std::string& serial : *serials) {
    json job = job_frame(values, "revoke", ++number);
    job["revoke"] = {{"serial", serial}, {"reason", values["reason"].as<int>()}};
    const Status added = sender.add(std::move(job));
    if (!added) return report(added.error());
  }
  return finish(sender, values);
}

}  // namespace certconnector::endpoint
