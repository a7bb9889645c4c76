// The longest single call of the store's writers while issuing goes on beside what is stored.
//
//   bench_store_longest --folder DIR --stored N --fill     makes the stores
//   bench_store_longest --folder DIR [--issue M]           issues M certificates, 50 at a time
//
// Stored are N certificates, and N jobs of another CA that wait. Prints one line of JSON: of each
// call the longest and the median, by CPU time of this process and by the clock. The certificate
// store writes its index out every 2048 certificates, so M is more than twice as many.
#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/bench_site.h"
#include "tests/bench/store_records.h"
#include "tests/support/store/open_stores.h"

namespace certconnector::bench {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

const core::CaFingerprint kIssuing(64, 'a');
const core::CaFingerprint kWaiting(64, 'b');

using Stores = testing::OpenStores;

void fill(Stores& stores, std::size_t count) {
  Octets octets;
  for (std::size_t done = 0; done < count; done += kFillBatch) {
    const std::size_t batch = std::min(kFillBatch, count - done);
    must(stores.certificates.record(kIssuing, new_certificates(octets, batch), kStoreNow));
    must(stores.jobs.insert(new_jobs(octets, kWaiting, batch), kStoreNow));
  }
}

// How long each call of one kind took.
struct Calls {
  std::vector<double> cpu_ms;
  std::vector<double> wall_ms;
};

class Stopwatch {
 public:
  template <typename Call>
  auto time(const std::string& name, const Call& call) {
    const double wall = bench::wall_ms();
    const double cpu = bench::cpu_ms();
    auto result = call();
    Calls& calls = calls_[name];
    calls.cpu_ms.push_back(bench::cpu_ms() - cpu);
    calls.wall_ms.push_back(bench::wall_ms() - wall);
    return result;
  }

  [[nodiscard]] json figures() const {
    json figures = json::object();
    for (const auto& [name, calls] : calls_) {
      figures[name] = {{"longest_cpu_ms", longest(calls.cpu_ms)},
                       {"median_cpu_ms", median(calls.cpu_ms)},
                       {"longest_wall_ms", longest(calls.wall_ms)},
                       {"median_wall_ms", median(calls.wall_ms)}};
    }
    return figures;
  }

 private:
  static double longest(const std::vector<double>& times) {
    return *std::max_element(times.begin(), times.end());
  }
  static double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

  std::map<std::string, Calls> calls_;
};

// The agent's calls of its stores for one batch of issue jobs, from the poll to the report.
void issue_batch(Stores& stores, Octets& octets, Stopwatch& watch) {
  const Timestamp later = kStoreNow + std::chrono::seconds(2);
  const auto jobs = new_jobs(octets, kIssuing, kStoreBatch);
  watch.time("insert", [&] { return must(stores.jobs.insert(jobs, kStoreNow)), 0; });
  const auto claimed = watch.time(
      "claim", [&] { return must(stores.jobs.claim(claim_query(kIssuing, kStoreBatch))); });
  std::vector<core::Settlement> settlements;
  settlements.reserve(claimed.size());
  for (const auto& job : claimed) settlements.push_back(issued(octets, job.ticket));
  watch.time("settle", [&] { return must(stores.jobs.settle(settlements, "bench", later)), 0; });
  const auto reports =
      watch.time("unreported", [&] { return must(stores.jobs.unreported({}, kStoreBatch)); });
  std::vector<core::ReportAcknowledgement> acks;
  acks.reserve(reports.size());
  for (const auto& report : reports) acks.push_back({report.ticket, {}, {}, {}});
  watch.time("acknowledge", [&] { return must(stores.jobs.acknowledge(acks, later)), 0; });
}

json issue(Stores& stores, std::size_t count) {
  // Other jobs and certificates than the run before stored.
  const auto seed = std::chrono::steady_clock::now().time_since_epoch().count();
  Octets octets(static_cast<std::uint64_t>(seed) | 1U);
  Stopwatch warm;
  issue_batch(stores, octets, warm);  // what the first calls read after a start
  Stopwatch watch;
  for (std::size_t done = 0; done < count; done += kStoreBatch) issue_batch(stores, octets, watch);
  return {{"stored", must(stores.certificates.count(kIssuing))},
          {"issued", count},
          {"batch", kStoreBatch},
          {"calls", watch.figures()}};
}

int run(int argc, char** argv) {
  std::string folder;
  std::size_t stored = 0;
  std::size_t count = 0;
  po::options_description known("bench_store_longest");
  known.add_options()("folder", po::value(&folder)->required())(
      "stored", po::value(&stored)->default_value(1'000'000))(
      "issue", po::value(&count)->default_value(5'000))("fill", po::bool_switch());
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);
    Stores stores(folder + "/agent.db");
    if (values["fill"].as<bool>()) {
      fill(stores, stored);
    } else {
      std::cout << issue(stores, count).dump() << '\n';
    }
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 64;
  }
}

}  // namespace
}  // namespace certconnector::bench

int main(int argc, char** argv) { return certconnector::bench::run(argc, argv); }
