// Measures the lists and searches of certificates and jobs: CPU of one call.
//
//   bench_store_search --file FILE [--certificates N] [--jobs N]
//
// Fills the file to so many, unless it has them, then prints a table. The CPU is this process's;
// the disk's share is not in it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/statement.h"
#include "common/text/hex.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/store_records.h"
#include "tests/support/core/named_certificate.h"
#include "tests/support/store/open_stores.h"

namespace {

using namespace certconnector;  // NOLINT(google-build-using-namespace): a program of one file
using namespace certconnector::bench;  // NOLINT(google-build-using-namespace)

const core::CaFingerprint kCa(64, 'a');
const core::CaFingerprint kRareCa(64, 'b');
constexpr std::int64_t kApart = 1000;  // milliseconds between two certificates

std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

std::string two_digits(std::uint64_t value) {
  return std::string(1, static_cast<char>('0' + value / 10 % 10)) +
         static_cast<char>('0' + value % 10);
}

// As fleets name their devices: a person or a number, a unit, an organization.
std::string subject_of(std::uint64_t number) {
  static constexpr const char* kNames[] = {"mueller", "schmidt", "schneider", "fischer",
                                           "weber",   "meyer",   "wagner",    "becker",
                                           "schulz",  "hoffmann"};
  static constexpr const char* kUnits[] = {"Sales", "HR", "Production", "Development", "Logistics"};
  const std::uint64_t random = mix(number);
  std::string cn = random % 3 == 0
                       ? std::string(kNames[random / 3 % 10]) + two_digits(random >> 20U)
                       : "laptop-" + std::to_string(number * 7 % 99'999'989);
  return "CN=" + cn + ",OU=" + kUnits[random / 30 % 5] + ",O=Example,C=DE";
}

core::CertificateEntry entry_of(Octets& octets, std::uint64_t number) {
  core::CertificateEntry entry;
  const Bytes key = octets(entry.key.size());
  std::copy(key.begin(), key.end(), entry.key.begin());
  entry.template_name = "device";
  entry.certificate =
      testing::named_certificate(subject_of(number), kStoreNow + std::chrono::hours(8760));
  entry.certificate.serial = octets(16);
  core::CertificateHolder& holder = entry.holder;
  holder.source = number % 10 < 7 ? core::JobSource::scep : core::JobSource::management;
  holder.instance = number % 10 < 7 ? "phones" : "default";
  holder.job = std::to_string(number);
  if (holder.source != core::JobSource::scep) return entry;
  if (number % 200'000 == 1) holder.instance = "printers";
  holder.transaction_id = text::to_hex(ByteView(key));
  holder.device = "device-" + std::to_string(number / 2);
  return entry;
}

Timestamp recorded(std::uint64_t number) {
  return kStoreNow + Duration(static_cast<std::int64_t>(number) * kApart);
}

struct Sizes {
  std::string file;
  std::uint64_t certificates = 1'000'000;
  std::uint64_t jobs = 1'000'000;
};

void fill_certificates(testing::OpenStores& stores, std::uint64_t wanted) {
  constexpr std::uint64_t kBatch = 2000;
  Octets octets;
  for (std::uint64_t number = must(stores.certificates.count(kCa)); number < wanted;) {
    std::vector<core::CertificateEntry> entries;
    for (; entries.size() < kBatch && number < wanted; ++number) {
      entries.push_back(entry_of(octets, number));
    }
    must(stores.certificates.record(kCa, entries, recorded(number)));
    if (number % 1'000'000 == 0) std::cerr << "certificates: " << number << '\n';
  }
  if (must(stores.certificates.count(kRareCa)) > 0) return;
  core::CertificateEntry rare = entry_of(octets, wanted);
  rare.certificate = testing::named_certificate("CN=only one", kStoreNow);
  must(stores.certificates.record(kRareCa, {rare}, recorded(wanted)));
}

struct Costs {
  double total = 0;
  double longest = 0;
  std::uint64_t count = 0;
  void add(double ms) {
    total += ms;
    longest = std::max(longest, ms);
    ++count;
  }
};

void index_all(testing::OpenStores& stores) {
  Costs costs;
  for (bool more = true; more;) {
    const double start = cpu_ms();
    more = must(stores.certificates.index_subjects());
    if (more) costs.add(cpu_ms() - start);
  }
  if (costs.count == 0) return;
  std::printf("| step of the index | %.2f | %.2f | %llu blocks |\n",
              costs.total / static_cast<double>(costs.count), costs.longest,
              static_cast<unsigned long long>(costs.count));
}

// The first of the runs finds an empty cache of SQLite's; the file system's is warm.
void measure(const char* name, const std::function<std::string()>& call) {
  constexpr int kRuns = 7;
  std::string found;
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const double start = cpu_ms();
    found = call();
    times.push_back(cpu_ms() - start);
  }
  std::sort(times.begin(), times.end());
  std::printf("| %s | %.2f | %.2f | %s |\n", name, times[kRuns / 2], times.back(), found.c_str());
  std::fflush(stdout);
}

std::string in_words(const core::CertificatePage& page) {
  std::string words = std::to_string(page.certificates.size()) + " found";
  if (page.searched_to) {
    words += ", looked back over " +
             std::to_string((recorded(0) - *page.searched_to).count() / -kApart) + " to the oldest";
  }
  return words;
}

void measure_certificates(testing::OpenStores& stores, std::uint64_t count) {
  const auto list = [&](const char* name,
                        const std::function<void(core::CertificateFilter&)>& set) {
    measure(name, [&] {
      core::CertificateFilter filter;
      set(filter);
      return in_words(must(stores.certificates.list(filter)));
    });
  };
  using Filter = core::CertificateFilter;
  // One with a device, in the middle, whoever filled the file.
  const core::ListedCertificate middle = [&] {
    Filter filter;
    filter.after = core::CertificateKey{static_cast<std::int64_t>(count / 2), {}};
    for (const auto& one : must(stores.certificates.list(filter)).certificates) {
      if (!one.record.entry.holder.device.empty()) return one;
    }
    throw std::runtime_error("no certificate of a device");
  }();
  const core::CertificateRecord& some = middle.record;
  const Duration half = middle.key.recorded - kStoreNow;
  list("certs list", [](Filter&) {});
  list("--limit 500", [](Filter& f) { f.limit = 500; });
  list("a page in the middle", [&](Filter& f) { f.after = middle.key; });
  list("--device", [&](Filter& f) { f.device = some.entry.holder.device; });
  list("--transaction", [&](Filter& f) { f.transaction_id = some.entry.holder.transaction_id; });
  list("--lineage", [&](Filter& f) { f.lineage = some.lineage; });
  list("--since, --until, in the middle", [&](Filter& f) {
    f.since = middle.key.recorded;
    f.until = middle.key.recorded + half / 5;
  });
  list("--until, the oldest", [&](Filter& f) { f.until = recorded(3000); });
  list("--service, common", [](Filter& f) { f.service = "phones"; });
  list("--service, rare", [](Filter& f) { f.service = "printers"; });
  list("--ca, none of the newest", [](Filter& f) {
    f.ca = kRareCa;
    f.after = core::CertificateKey{1 << 30, kStoreNow};
  });
  for (const char* part : {"laptop-83412", "example", "exa", "schulz", "schulz42,ou=hr", "zzzqqq",
                           "laptop-99999999", "schulz,ou=hr", "zz"}) {
    list((std::string("--subject ") + part).c_str(), [&](Filter& f) { f.subject = part; });
  }
  list("--subject schulz,ou=hr --since, a tenth", [&](Filter& f) {
    f.subject = "schulz,ou=hr";
    f.since = middle.key.recorded + half * 4 / 5;
  });
  list("--subject schulz --service printers", [](Filter& f) {
    f.subject = "schulz";
    f.service = "printers";
  });
  measure("certs show SERIAL", [&] {
    const core::CertificateId id{some.entry.certificate.serial, {}};
    return std::to_string(must(stores.certificates.find(id)).size()) + " found";
  });
  int calls = 0;
  double longest = 0;
  Filter filter;
  filter.subject = "laptop-99999999";
  for (bool more = true; more; ++calls) {
    const double start = cpu_ms();
    filter.after = must(stores.certificates.list(filter)).next;
    longest = std::max(longest, cpu_ms() - start);
    more = filter.after.has_value();
  }
  std::printf("| --subject laptop-99999999, all calls to the end | | %.2f | %d calls |\n", longest,
              calls);
}

void fill_jobs(testing::OpenStores& stores, std::uint64_t wanted) {
  std::uint64_t number = 0;
  for (const core::JobCount& count : must(stores.jobs.counts())) number += count.count;
  Octets octets(number + 1);
  while (number < wanted) {
    auto jobs = new_jobs(octets, kCa, kFillBatch);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (number % 200'000 == 0 && i < 20) {
        jobs[i].rejection = core::Failed{"bad_job", 0, "denied on arrival"};
      }
      if (number == 0 && i >= kFillBatch - 5) jobs[i].job.ca = kRareCa;
    }
    must(stores.jobs.insert(jobs, recorded(number)));
    number += jobs.size();
  }
}

void measure_jobs(testing::OpenStores& stores, std::uint64_t count) {
  using Filter = core::JobFilter;
  const auto list = [&](const char* name, const std::function<void(Filter&)>& set) {
    measure(name, [&] {
      Filter filter;
      set(filter);
      return std::to_string(must(stores.jobs.list(filter)).size()) + " found";
    });
  };
  list("jobs list", [](Filter&) {});
  list("--limit 1000", [](Filter& f) { f.limit = 1000; });
  list("--since, --until, the oldest", [](Filter& f) {
    f.since = recorded(0);
    f.until = recorded(4000);
  });
  list("--until, the oldest, a later page", [](Filter& f) {
    f.until = recorded(4000);
    f.after = core::JobTicket{1000};
  });
  list("--ca, of none", [](Filter& f) { f.ca = kRareCa; });
  list("--state reported --type issue", [](Filter& f) {
    f.state = core::JobState::reported;
    f.type = core::JobType::issue;
  });
  list("--outcome succeeded", [](Filter& f) { f.outcome = core::JobState::succeeded; });
  list("--outcome succeeded --until, the oldest", [](Filter& f) {
    f.outcome = core::JobState::succeeded;
    f.until = recorded(4000);
  });
  list("--ca rare --until", [&](Filter& f) {
    f.ca = kRareCa;
    f.until = recorded(count / 2);
  });
  list("--outcome failed", [](Filter& f) { f.outcome = core::JobState::failed; });
  list("--outcome failed --until", [&](Filter& f) {
    f.outcome = core::JobState::failed;
    f.until = recorded(count / 2);
  });
  list("--state held", [](Filter& f) { f.state = core::JobState::held; });
  list("--state running", [](Filter& f) { f.state = core::JobState::running; });
  list("--type revoke", [](Filter& f) { f.type = core::JobType::revoke; });
}

Sizes parse(int argc, char** argv) {
  Sizes sizes;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--file") sizes.file = argv[i + 1];
    if (option == "--certificates") sizes.certificates = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--jobs") sizes.jobs = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (sizes.file.empty()) {
    std::cerr << "--file is missing\n";
    std::exit(64);
  }
  return sizes;
}

}  // namespace

int main(int argc, char** argv) {
  const Sizes sizes = parse(argc, argv);
  testing::OpenStores stores(sizes.file);
  fill_certificates(stores, sizes.certificates);
  std::printf(
      "| call, %llu certificates | CPU ms, median | longest | |\n| --- | --- | --- | --- |\n",
      static_cast<unsigned long long>(sizes.certificates));
  index_all(stores);
  measure_certificates(stores, sizes.certificates);
  fill_jobs(stores, sizes.jobs);
  std::printf("\n| call, %llu jobs | CPU ms, median | longest | |\n| --- | --- | --- | --- |\n",
              static_cast<unsigned long long>(sizes.jobs));
  measure_jobs(stores, sizes.jobs);
  return 0;
}
