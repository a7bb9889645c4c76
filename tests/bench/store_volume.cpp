// Disk, write-ahead log and longest calls of the store, by its size.
//
//   bench_store_volume --file FILE --fill N      certificates of SCEP enrollments whose jobs are
//   gone bench_store_volume --file FILE --disk        octets for each certificate, by table and
//   index bench_store_volume --file FILE --enroll N    so many enrollments, 64 under way at a time
//   bench_store_volume --file FILE --purge N     the jobs of so many enrollments are purged
//   bench_store_volume --file FILE --closed N    only makes enrollments of 60 days ago, with their
//   jobs bench_store_volume --file FILE --revoked N   only makes revocations
//
// Prints one line of JSON. CPU is this process's, pages are those that went to the write-ahead log.
#include <sqlite3.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/store_records.h"
#include "tests/support/core/named_certificate.h"
#include "tests/support/store/open_stores.h"

namespace certconnector::bench {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::size_t kConnections = 64;
constexpr std::size_t kFrame = 4096 + 24;  // octets of a page in the log

struct Site {
  testing::OpenStores stores;
  core::CaFingerprint ca;
};

// As an embedded CA numbers: the time first.
Bytes next_serial(Octets& octets, std::uint64_t number) {
  Bytes serial = octets(16);
  for (std::size_t i = 0; i < 6; ++i) {
    serial[5 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  serial[0] = 0x19;
  return serial;
}

core::IssuedCertificate certificate(Octets& octets, std::uint64_t number) {
  auto issued =
      testing::named_certificate("CN=laptop-" + std::to_string(number) +
                                     ".corp.example.com,OU=Development,O=Example GmbH,C=DE",
                                 kStoreNow + std::chrono::hours(8760));
  const Bytes random = octets(256);  // the signature
  std::copy(random.begin(), random.end(), issued.certificate.end() - 256);
  const Bytes serial = next_serial(octets, number);
  const auto place = std::search(issued.certificate.begin(), issued.certificate.end(),
                                 issued.serial.begin(), issued.serial.end());
  std::copy(serial.begin(), serial.end(), place);
  issued.serial = serial;
  return issued;
}

std::vector<core::NewEnrollment> enrollments(Octets& octets, const core::CaFingerprint& ca,
                                             std::size_t count) {
  auto jobs = new_jobs(octets, ca, count);
  std::vector<core::NewEnrollment> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    core::NewEnrollment& one = all[i];
    const Bytes random = octets(32);
    std::copy(random.begin(), random.end(), one.key.public_key.begin());
    one.right = one.request = one.key.public_key;
    one.key.service = "phones";
    one.key.transaction_id = text::to_hex(octets(32));
    one.challenge = jobs[i].job.correlation_id;
    one.device = "d-" + one.challenge.substr(2);
    one.subject = "CN=laptop.corp.example.com,OU=Development,O=Example GmbH,C=DE";
    one.remember_until = kStoreNow + std::chrono::hours(1);
    one.job = std::move(jobs[i]);
    one.job.lease.reset();
    one.job.job.key.source = core::JobSource::scep;
    one.job.job.key.instance = one.key.service;
  }
  return all;
}

std::vector<core::CertificateEntry> recorded(const Site& site, Octets& octets, std::uint64_t number,
                                             std::size_t count) {
  std::vector<core::CertificateEntry> entries(count);
  const auto asked = enrollments(octets, site.ca, count);
  for (std::size_t i = 0; i < count; ++i) {
    const core::NewEnrollment& from = asked[i];
    core::CertificateEntry& entry = entries[i];
    const Bytes key = octets(entry.key.size());
    std::copy(key.begin(), key.end(), entry.key.begin());
    entry.template_name = "device";
    entry.certificate = certificate(octets, number + i);
    entry.holder = {core::JobSource::scep,   "phones",       from.job.job.key.id,
                    from.key.transaction_id, from.challenge, from.device};
  }
  return entries;
}

// Row by row into every index, as an agent does in years; but few commits, and the indexes' pages
// stay in memory, since each commit writes the pages of all random places.
void fill(Site& site, std::size_t wanted) {
  constexpr std::size_t kBatch = 2000;
  constexpr std::size_t kCommitEvery = 500'000;
  std::uint64_t number = must(site.stores.certificates.count(site.ca));
  Octets octets(number + 7);
  const auto commit = [&](store::StoreWriter& writer) -> Status {
    const std::size_t end = std::min<std::size_t>(number + kCommitEvery, wanted);
    while (number < end) {
      const auto entries = recorded(site, octets, number, std::min(kBatch, end - number));
      number += entries.size();
      const Duration since{static_cast<std::int64_t>(number)};
      const auto done = record_certificates(writer, site.ca, entries, kStoreNow + since);
      if (!done.ok()) return done.error();
    }
    return {};
  };
  const auto set_cache = [&](const char* pragma) {
    must(site.stores.file().peek(
        [&](store::StoreWriter& writer) { return writer.database().execute(pragma); }));
  };
  set_cache("PRAGMA cache_size = -6000000");
  while (number < wanted) {
    must(site.stores.file().write(commit));
    std::cerr << number << " certificates\n";
  }
  set_cache("PRAGMA cache_size = -4096");
  while (must(site.stores.certificates.index_subjects())) {
  }
}

struct Call {
  double cpu_ms = 0;
  std::uint64_t pages = 0;
};

class Meter {
 public:
  explicit Meter(Site& site) : site_(site) {}

  template <typename Work>
  auto call(const std::string& name, const Work& work) {
    const std::uint64_t pages = pages_written();
    const double cpu = cpu_ms();
    auto result = work();
    const double took = cpu_ms() - cpu;
    calls_[name].push_back({took, pages_written() - pages});
    return result;
  }

  // For each of so many enrollments.
  [[nodiscard]] json figures(std::size_t enrollments) const {
    json figures = json::object();
    std::uint64_t all = 0;
    for (const auto& [name, calls] : calls_) {
      std::vector<double> cpu;
      std::uint64_t pages = 0;
      std::uint64_t most = 0;
      for (const Call& one : calls) {
        cpu.push_back(one.cpu_ms);
        pages += one.pages;
        most = std::max(most, one.pages);
      }
      std::sort(cpu.begin(), cpu.end());
      figures["calls"][name] = {{"calls", cpu.size()},
                                {"median_cpu_ms", cpu[cpu.size() / 2]},
                                {"longest_cpu_ms", cpu.back()},
                                {"mean_kib", kib(pages) / static_cast<double>(cpu.size())},
                                {"most_kib", kib(most)}};
      all += pages;
    }
    figures["wal_kib"] = kib(all) / static_cast<double>(enrollments);
    figures["enrollments"] = enrollments;
    return figures;
  }

 private:
  static double kib(std::uint64_t pages) { return static_cast<double>(pages * kFrame) / 1024.0; }
  std::uint64_t pages_written() {
    int now = 0;
    int highest = 0;
    must(site_.stores.file().peek([&](store::StoreWriter& writer) -> Status {
      sqlite3_db_status(writer.database().handle(), SQLITE_DBSTATUS_CACHE_WRITE, &now, &highest, 0);
      return {};
    }));
    return static_cast<std::uint64_t>(now);
  }

  Site& site_;
  std::map<std::string, std::vector<Call>> calls_;
};

// The devices' requests at `then`, up to their acknowledged reports.
void enroll(Site& site, Meter& meter, Octets& octets, std::uint64_t& number, Timestamp then) {
  const Timestamp later = then + std::chrono::seconds(2);
  auto asked = enrollments(octets, site.ca, kConnections);
  for (auto& one : asked) one.remember_until = then + std::chrono::hours(1);
  const std::size_t most = std::max<std::size_t>(site.stores.enrollments.begin_at_once(), 1);
  for (std::size_t from = 0; from < asked.size(); from += most) {
    const auto first = asked.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = first + static_cast<std::ptrdiff_t>(std::min(most, asked.size() - from));
    const std::vector<core::NewEnrollment> some(first, end);
    meter.call("begin", [&] { return must(site.stores.enrollments.begin(some, then)), 0; });
  }
  const core::ClaimQuery query{site.ca, kConnections, "bench", later,
                               later + std::chrono::minutes(5)};
  const auto claimed = meter.call("claim", [&] { return must(site.stores.jobs.claim(query)); });
  const std::size_t piece = std::max<std::size_t>(site.stores.jobs.settle_at_once(), 1);
  for (std::size_t from = 0; from < claimed.size(); from += piece) {
    std::vector<core::Settlement> settlements;
    for (std::size_t i = from; i < std::min(from + piece, claimed.size()); ++i) {
      core::Settlement one = issued(octets, claimed[i].ticket);
      auto& outcome = std::get<core::Finish>(one.verdict).outcome;
      std::get<core::Issued>(outcome).certificate = certificate(octets, number++);
      settlements.push_back(std::move(one));
    }
    meter.call("settle",
               [&] { return must(site.stores.jobs.settle(settlements, "bench", later)), 0; });
  }
  const auto reports = must(site.stores.jobs.unreported({}, kConnections));
  std::vector<core::ReportAcknowledgement> acks;
  for (const auto& report : reports) acks.push_back({report.ticket, {}, {}, {}});
  meter.call("acknowledge", [&] { return must(site.stores.jobs.acknowledge(acks, later)), 0; });
}

// How many it were: whole batches.
std::size_t enroll_all(Site& site, Meter& meter, std::size_t count, Timestamp then) {
  std::uint64_t number = must(site.stores.certificates.count(site.ca));
  const auto seed = std::chrono::steady_clock::now().time_since_epoch().count();
  Octets octets(static_cast<std::uint64_t>(seed) | 1U);
  std::size_t done = 0;
  for (; done < count; done += kConnections) enroll(site, meter, octets, number, then);
  return done;
}

json purge(Site& site, std::size_t count) {
  constexpr std::size_t kPiece = 24;  // jobs::kPurgeBatch
  Meter filling(site);
  const std::size_t enrolled = enroll_all(site, filling, count, kStoreNow);
  Meter meter(site);
  const Timestamp later = kStoreNow + std::chrono::hours(48);
  const auto until_done = [&](const char* name, const auto& piece) {
    while (meter.call(name, piece) == kPiece) {
    }
  };
  until_done("purge of jobs", [&] { return must(site.stores.jobs.purge(later, later, kPiece)); });
  until_done("purge of enrollments",
             [&] { return must(site.stores.enrollments.purge_enrollments(later, kPiece)); });
  return meter.figures(enrolled);
}

// As `count` devices did 60 days ago.
void add_closed(Site& site, std::size_t count) {
  Meter unused(site);
  static_cast<void>(
      enroll_all(site, unused, count, SystemClock().wall() - std::chrono::hours(24 * 60)));
}

// Of certificates that are not here, in force for a year.
void add_revoked(Site& site, std::size_t count) {
  constexpr char kInsert[] =
      "INSERT INTO revocation(authority, serial, not_after, record) VALUES (?, ?, ?, ?)";
  const Timestamp now = SystemClock().wall();
  Octets octets;
  for (std::size_t done = 0; done < count; done += kFillBatch) {
    must(site.stores.file().write([&](store::StoreWriter& writer) -> Status {
      CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(site.ca));
      for (std::size_t i = 0; i < kFillBatch; ++i) {
        const Bytes serial = next_serial(octets, done + i);
        const Bytes record = store::encode_revocation(
            {serial, {now, core::RevocationReason::superseded, std::nullopt}});
        CC_TRY(store::run(writer.database(), kInsert, authority, serial,
                          now + std::chrono::hours(8760), record));
      }
      return {};
    }));
  }
}

json disk(Site& site) {
  const auto count = static_cast<double>(must(site.stores.certificates.count(site.ca)));
  json parts = json::object();
  double all = 0;
  must(site.stores.file().browse([&](store::Database& database) -> Status {
    store::Query query(database,
                       "SELECT name, sum(pgsize), sum(unused) FROM dbstat "
                       "GROUP BY name HAVING sum(pgsize) > 65536");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      const auto octets = static_cast<double>(query.integer(1));
      all += octets;
      parts[std::string(query.text(0))] = {
          {"octets", octets / count}, {"unused", static_cast<double>(query.integer(2)) / count}};
    }
  }));
  return {{"octets", all / count}, {"parts", parts}};
}

int run(int argc, char** argv) {
  std::string file;
  core::CaFingerprint ca(64, 'a');
  std::map<std::string, std::size_t> counts;
  po::options_description known("bench_store_volume");
  known.add_options()("file", po::value(&file)->required())(
      "ca", po::value(&ca), "fingerprint of the CA")("disk", po::bool_switch());
  for (const char* name : {"fill", "enroll", "purge", "closed", "revoked"}) {
    known.add_options()(name, po::value(&counts[name])->default_value(0));
  }
  po::variables_map values;
  try {
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);
  } catch (const po::error& e) {
    std::cerr << e.what() << "\n" << known;
    return 64;
  }
  Site site{testing::OpenStores(file), ca};
  json figures = json::object();
  if (counts["fill"] > 0) fill(site, counts["fill"]);
  if (counts["closed"] > 0) add_closed(site, counts["closed"]);
  if (counts["revoked"] > 0) add_revoked(site, counts["revoked"]);
  if (counts["enroll"] > 0) {
    Meter meter(site);
    const std::size_t enrolled = enroll_all(site, meter, counts["enroll"], kStoreNow);
    figures["enroll"] = meter.figures(enrolled);
  }
  if (counts["purge"] > 0) figures["purge"] = purge(site, counts["purge"]);
  if (values["disk"].as<bool>()) figures["disk"] = disk(site);
  figures["certificates"] = must(site.stores.certificates.count(site.ca));
  std::cout << figures.dump() << '\n';
  return 0;
}

}  // namespace
}  // namespace certconnector::bench

int main(int argc, char** argv) { return certconnector::bench::run(argc, argv); }
