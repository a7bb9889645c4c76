// Measures the costs of the store, and whether memory or claims grow with the queue.
//
//   bench_store_scale [--jobs N] [--measured N] [--certificates N] [--folder DIR]
//   bench_store_scale --fill FILE [--jobs N]      only makes a queue with N waiting jobs
//
// Prints one line of JSON. CPU times are of this process; the disk's share is not in them.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/bench_site.h"
#include "tests/bench/store_records.h"
#include "tests/support/store/open_stores.h"

namespace {

using namespace certconnector;  // NOLINT(google-build-using-namespace): a program of one file
using namespace certconnector::bench;  // NOLINT(google-build-using-namespace)

const core::CaFingerprint kCa(64, 'a');

double rss_mib() {
  std::ifstream statm("/proc/self/statm");
  long size = 0;
  long resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576.0;
}

struct WriteCosts {  // CPU ms a job
  double insert = 0;
  double claim = 0;
  double settle = 0;
  double unreported = 0;
  double acknowledge = 0;
  [[nodiscard]] double writes() const { return insert + claim + settle + acknowledge; }
};

WriteCosts measure_writes(store::SqliteJobStore& store, std::size_t jobs) {
  Octets octets;
  WriteCosts costs;
  const Timestamp later = kStoreNow + std::chrono::seconds(2);
  for (std::size_t done = 0; done < jobs; done += kStoreBatch) {
    const auto batch = new_jobs(octets, kCa, kStoreBatch);
    double mark = cpu_ms();
    const auto lap = [&mark](double& into) {
      const double now = cpu_ms();
      into += now - mark;
      mark = now;
    };
    must(store.insert(batch, kStoreNow));
    lap(costs.insert);
    const auto claimed = must(store.claim(claim_query(kCa, kStoreBatch)));
    lap(costs.claim);
    std::vector<core::Settlement> settlements;
    for (const auto& job : claimed) {
      settlements.push_back(issued(octets, job.ticket));
    }
    mark = cpu_ms();
    must(store.settle(settlements, "bench", later));
    lap(costs.settle);
    const auto reports = must(store.unreported({}, kStoreBatch));
    lap(costs.unreported);
    std::vector<core::ReportAcknowledgement> acks;
    acks.reserve(reports.size());
    for (const auto& report : reports) acks.push_back({report.ticket, {}, {}, {}});
    mark = cpu_ms();
    must(store.acknowledge(acks, later));
    lap(costs.acknowledge);
  }
  const auto count = static_cast<double>(jobs);
  return {costs.insert / count, costs.claim / count, costs.settle / count, costs.unreported / count,
          costs.acknowledge / count};
}

// Median CPU ms of claiming a batch; every claim is given back.
double measure_claim(store::SqliteJobStore& store) {
  std::vector<double> times;
  for (int round = 0; round < 41; ++round) {
    const double start = cpu_ms();
    const auto claimed = must(store.claim(claim_query(kCa, kStoreBatch)));
    times.push_back(cpu_ms() - start);
    if (claimed.size() != kStoreBatch) {
      std::cerr << "a claim gave " << claimed.size() << " jobs\n";
      std::exit(1);
    }
    std::vector<core::Settlement> back;
    for (const auto& job : claimed) {
      back.push_back({job.ticket, core::RetryLater{kStoreNow, Duration(0), "", "", false, false}});
    }
    must(store.settle(back, "bench", kStoreNow));
  }
  std::nth_element(times.begin(), times.begin() + 20, times.end());
  return times[20];
}

void fill(store::SqliteJobStore& store, std::size_t jobs) {
  Octets octets;
  for (std::size_t done = 0; done < jobs; done += kFillBatch) {
    must(store.insert(new_jobs(octets, kCa, std::min(kFillBatch, jobs - done)), kStoreNow));
  }
}

struct ScaleFigures {
  double rss = 0;
  double claim_ms = 0;
  double open_ms = 0;
};

ScaleFigures measure_scale(const std::string& path) {
  ScaleFigures figures;
  const double start = cpu_ms();
  testing::OpenStores stores(path);
  must(stores.jobs.counts());
  figures.open_ms = cpu_ms() - start;
  figures.claim_ms = measure_claim(stores.jobs);
  figures.rss = rss_mib();
  return figures;
}

// CPU ms a certificate: the question whether the key is known, and the record.
double measure_certificates(const std::string& path, std::size_t certificates) {
  testing::OpenStores stores(path);
  Octets octets;
  double spent = 0;
  for (std::size_t done = 0; done < certificates; done += kStoreBatch) {
    const auto entries = new_certificates(octets, kStoreBatch);
    const double start = cpu_ms();
    must(stores.certificates.record(kCa, entries, kStoreNow));
    spent += cpu_ms() - start;
  }
  return spent / static_cast<double>(certificates);
}

struct Options {
  std::size_t jobs = 1'000'000;
  std::size_t measured = 20'000;  // jobs that go through the four writes
  std::size_t certificates = 100'000;
  std::filesystem::path folder = std::filesystem::temp_directory_path();
  std::string fill;  // the queue to make
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const auto number = static_cast<std::size_t>(std::strtoull(argv[i + 1], nullptr, 10));
    if (option == "--jobs") options.jobs = number;
    if (option == "--measured") options.measured = number;
    if (option == "--certificates") options.certificates = number;
    if (option == "--folder") options.folder = argv[i + 1];
    if (option == "--fill") options.fill = argv[i + 1];
  }
  options.folder /= "bench_store_scale." + std::to_string(getpid());
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (!options.fill.empty()) {
    testing::OpenStores stores(options.fill);
    fill(stores.jobs, options.jobs);
    return 0;
  }
  const auto file = [&](const std::string& name) { return (options.folder / name).string(); };
  std::filesystem::create_directory(options.folder);

  for (const std::size_t count : {std::size_t{1000}, options.jobs}) {
    testing::OpenStores stores(file(std::to_string(count) + ".db"));
    fill(stores.jobs, count);
  }
  malloc_trim(0);
  const ScaleFigures few = measure_scale(file("1000.db"));
  malloc_trim(0);
  const ScaleFigures many = measure_scale(file(std::to_string(options.jobs) + ".db"));
  const WriteCosts costs = [&] {
    testing::OpenStores stores(file("writes.db"));
    return measure_writes(stores.jobs, options.measured);
  }();
  const double record_ms = measure_certificates(file("certificates.db"), options.certificates);
  std::printf(
      "{\"batch\":%zu,\"waiting\":%zu,\"rss_mib_empty\":%.1f,\"rss_mib_waiting\":%.1f,"
      "\"claim_ms_1000\":%.3f,\"claim_ms_waiting\":%.3f,\"open_ms\":%.1f,"
      "\"job_ms\":{\"insert\":%.4f,\"claim\":%.4f,\"settle\":%.4f,\"acknowledge\":%.4f,"
      "\"writes\":%.4f,\"unreported\":%.4f},\"certificates\":%zu,\"inventory_ms\":%.4f}\n",
      kStoreBatch, options.jobs, few.rss, many.rss, few.claim_ms, many.claim_ms, many.open_ms,
      costs.insert, costs.claim, costs.settle, costs.acknowledge, costs.writes(), costs.unreported,
      options.certificates, record_ms);
  std::filesystem::remove_all(options.folder);
  return 0;
}
