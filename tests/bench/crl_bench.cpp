// The cost of making and publishing a CRL of 0, 10,000 and 100,000 entries: CPU, and memory over
// rest of the largest. Prints a line of JSON.
//
//   bench_crl [SOME MANY]      other numbers than 10,000 and 100,000
//   bench_crl SOME MANY beside the 99th percentile of issuing as well, alone and beside a CRL
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/bench_site.h"

namespace certconnector::bench {
namespace {

// Entries need no real certificate: the CRL shows serials only.
void revoke_many(BenchSite& site, std::size_t count) {
  constexpr std::size_t kBatch = 1000;
  const Timestamp now = site.clock().wall();
  for (std::size_t done = 0; done < count; done += kBatch) {
    std::vector<core::CertificateEntry> issued;
    std::vector<core::RevokeEntry> revoked;
    for (std::size_t i = 0; i < std::min(kBatch, count - done); ++i) {
      core::CertificateEntry entry;
      const Bytes random = crypto::random_bytes(16);
      std::copy(random.begin(), random.end(), entry.key.begin());
      entry.template_name = "device";
      entry.certificate.serial = crypto::random_bytes(16);
      entry.certificate.serial[0] =
          static_cast<std::uint8_t>((entry.certificate.serial[0] & 0x7FU) | 0x40U);
      entry.certificate.certificate = entry.certificate.serial;
      entry.certificate.not_before = now;
      entry.certificate.not_after = now + std::chrono::hours(24);
      revoked.push_back(
          {{entry.certificate.serial, {}}, {now, core::RevocationReason::superseded, {}}});
      issued.push_back(std::move(entry));
    }
    must(site.certificates().record(site.ca(), issued, now));
    must(site.certificates().revoke(site.ca(), revoked, now));
  }
}

double publish_cost(BenchSite& site) {
  const double before = cpu_ms();
  must(site.ports().crl_publisher->publish_now());
  return cpu_ms() - before;
}

// A line of /proc/self/status, in KiB.
long status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, name.size(), name) == 0) return std::stol(line.substr(name.size() + 1));
  }
  return 0;
}

// The highest resident memory while a CRL is made, less that before.
long publish_memory_kib(BenchSite& site) {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM starts again
  const long rest = status_kib("VmRSS:");
  must(site.ports().crl_publisher->publish_now());
  return status_kib("VmHWM:") - rest;
}

// Two threads issue and record, one certificate at a time, until wall_ms() is `end`. The 99th
// percentile of a certificate in milliseconds.
double issue_p99(BenchSite& site, double end) {
  const auto request = must(crypto::Pkcs10::parse(make_request({crypto::KeyKind::ec, 256})));
  std::mutex mutex;
  std::vector<double> all;
  const auto issue = [&] {
    while (wall_ms() < end) {
      core::Submission one;
      const Bytes random = crypto::random_bytes(one.key.size());
      std::copy(random.begin(), random.end(), one.key.begin());
      one.request = &request;
      one.template_name = "device";
      const double begun = wall_ms();
      const auto answers = site.ports().ca->submit({one}, {});
      const auto& issued = std::get<core::Issued>(answers.front());
      must(site.certificates().record(site.ca(), {{one.key, "device", issued.certificate}},
                                      site.clock().wall()));
      const double cost = wall_ms() - begun;
      const std::lock_guard lock(mutex);
      all.push_back(cost);
    }
  };
  std::thread other(issue);
  issue();
  other.join();
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100);
  std::nth_element(all.begin(), at, all.end());
  return *at;
}

double issue_p99_beside_crl(BenchSite& site, double end) {
  std::thread publishing([&] {
    while (wall_ms() < end) must(site.ports().crl_publisher->publish_now());
  });
  const double p99 = issue_p99(site, end);
  publishing.join();
  return p99;
}

void measure_issuing(BenchSite& site) {
  constexpr double kMeasuredMs = 10'000;
  for (int round = 0; round < 3; ++round) {
    const double alone = issue_p99(site, wall_ms() + kMeasuredMs);
    const double beside = issue_p99_beside_crl(site, wall_ms() + kMeasuredMs);
    std::printf("{\"issue_p99_ms\": %.2f, \"issue_p99_beside_crl_ms\": %.2f}\n", alone, beside);
  }
}

int run(std::size_t fewer, std::size_t more, bool beside) {
  BenchSite site({crypto::KeyKind::ec, 256});
  const double none = publish_cost(site);
  revoke_many(site, fewer);
  const double some = publish_cost(site);
  revoke_many(site, more - fewer);
  const double many = publish_cost(site);
  const long memory = publish_memory_kib(site);
  std::printf(
      "{\"crl_0_ms\": %.2f, \"crl_%zu_ms\": %.2f, \"crl_%zu_ms\": %.2f, "
      "\"crl_%zu_kib_over_rest\": %ld}\n",
      none, fewer, some, more, many, more, memory);
  if (beside) measure_issuing(site);
  return 0;
}

}  // namespace
}  // namespace certconnector::bench

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  return certconnector::bench::run(number(1, 10'000), number(2, 100'000), argc > 3);
}
