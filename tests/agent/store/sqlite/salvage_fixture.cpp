#include "tests/agent/store/sqlite/salvage_fixture.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "agent/store/sqlite/certificate_codec.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kPage = 4096;

std::uint32_t number_at(const std::string& image, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8U | static_cast<std::uint8_t>(image.at(at + i));
  }
  return value;
}

core::NewEnrollment enrollment_of(int number) {
  const std::string text = std::to_string(number);
  core::NewEnrollment wanted;
  wanted.key = {"phones", "transaction-" + text, crypto::sha256(as_bytes(text))};
  wanted.challenge = "challenge-" + text;
  wanted.right = crypto::sha256(as_bytes(wanted.challenge));
  wanted.remember_until = at(1000);
  wanted.device = "device-" + text;
  wanted.subject = "CN=Phone " + text;
  wanted.job = issue_job("job-" + text);
  wanted.job.job.key.source = core::JobSource::scep;
  wanted.job.job.key.instance = "phones";
  return wanted;
}

void enroll(OpenStores& stores) {
  std::vector<core::NewEnrollment> wanted;
  wanted.reserve(kIssued);
  for (int i = 0; i < kIssued; ++i) wanted.push_back(enrollment_of(i));
  ASSERT_TRUE(stores.enrollments.begin(wanted, at(0)).ok());
  const auto claimed = stores.jobs.claim({kCa, kIssued, kOwner, at(1), at(900)});
  ASSERT_TRUE(claimed.ok());
  std::vector<core::Settlement> settlements;
  for (const core::ClaimedJob& job : *claimed) {
    const int number = static_cast<int>(settlements.size());
    core::Issued outcome = issued("c");
    outcome.certificate.certificate = Bytes(700, static_cast<std::uint8_t>(number));
    outcome.certificate.serial = serial_of(number);
    settlements.push_back(stored_jobs::settlement(job.ticket, core::Finish{outcome}));
  }
  ASSERT_TRUE(stores.jobs.settle(settlements, kOwner, at(2)).ok());
}

void revoke(OpenStores& stores) {
  std::vector<core::RevokeEntry> entries;
  for (int i = 0; i < kRevoked; ++i) {
    core::RevokeEntry entry;
    entry.id.serial = serial_of(i);
    entry.revocation = {at(5), core::RevocationReason::key_compromise, at(1)};
    entries.push_back(entry);
  }
  ASSERT_TRUE(stores.certificates.revoke(kCa, entries, at(5)).ok());
  ASSERT_EQ(stores.certificates.take_crl_number(kCa, 1000).value(), 1000U);
  ASSERT_TRUE(stores.certificates.save_crl(kCa, {1000, at(6), at(600), kRevoked}).ok());
}

void add_challenges(OpenStores& stores) {
  for (int i = 0; i < kPasswords; ++i) {
    const std::string text = std::to_string(i);
    core::PasswordChallenge challenge;
    challenge.id = "password-" + text;
    challenge.service = "phones";
    challenge.made_by = "a person";
    challenge.made_at = at(0);
    challenge.valid_until = at(9000);
    ASSERT_TRUE(stores.challenges.add(challenge, crypto::sha256(as_bytes(challenge.id)), 0).ok());
  }
  for (int i = 0; i < kWithdrawn; ++i) {
    const core::RevokedChallenge withdrawn{"key:withdrawn-" + std::to_string(i), at(3), "a person",
                                           at(9000)};
    ASSERT_TRUE(stores.challenges.revoke(withdrawn).ok());
  }
}

std::string make_image() {
  const certconnector::testing::TempDirectory folder;
  {
    OpenStores stores(folder.file("agent.db"));
    enroll(stores);
    std::vector<core::NewJob> waiting;
    for (int i = 0; i < kWaiting; ++i) waiting.push_back(issue_job("waiting-" + std::to_string(i)));
    EXPECT_TRUE(stores.jobs.insert(waiting, at(3)).ok());
    for (core::NewJob& job : waiting) job = stored_jobs::with_other_digest(job);
    for (int i = 0; i < kEvents; ++i) EXPECT_TRUE(stores.jobs.insert(waiting, at(4)).ok());
    revoke(stores);
    add_challenges(stores);
  }
  return folder.read("agent.db");
}

struct Object {
  std::string name;
  std::uint32_t root = 0;
  bool table = false;
};
using Objects = std::vector<Object>;

// As SQLite reads it.
Objects catalog(const std::string& image) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("copy.db", image);
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  Objects objects;
  const auto add = [](void* into, int, char** values, char**) {
    static_cast<Objects*>(into)->push_back({values[0],
                                            static_cast<std::uint32_t>(std::stoul(values[1])),
                                            values[2] == std::string("table")});
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(handle, "SELECT name, rootpage, type FROM sqlite_schema ORDER BY rootpage",
                         add, &objects, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  return objects;
}

}  // namespace

Bytes serial_of(int number) {
  Bytes serial(16, 0x5A);
  serial[14] = static_cast<std::uint8_t>(number >> 8);
  serial[15] = static_cast<std::uint8_t>(number);
  return serial;
}

const std::string& busy_image() {
  static const std::string image = make_image();
  return image;
}

std::vector<std::string> names_in(const std::string& image) {
  std::vector<std::string> names;
  for (const Object& one : catalog(image)) names.push_back(one.name);
  return names;
}

std::string table_text(Database& database, const std::string& table) {
  std::string text;
  const auto add = [](void* into, int count, char** values, char**) {
    for (int i = 0; i < count; ++i) {
      static_cast<std::string*>(into)
          ->append(values[i] == nullptr ? "NULL" : values[i])
          .append("|");
    }
    static_cast<std::string*>(into)->append("\n");
    return 0;
  };
  std::string columns;
  const std::string names = "SELECT name FROM pragma_table_info('" + table + "')";
  const auto list = [](void* into, int, char** values, char**) {
    auto& all = *static_cast<std::string*>(into);
    all += (all.empty() ? "quote(" : ", quote(") + std::string(values[0]) + ")";
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database.handle(), names.c_str(), list, &columns, nullptr), SQLITE_OK);
  const std::string rows = "SELECT " + columns + " FROM " + table + " ORDER BY 1, 2";
  if (sqlite3_exec(database.handle(), rows.c_str(), add, &text, nullptr) != SQLITE_OK) return {};
  return text;
}

std::vector<std::uint32_t> pages_of(const std::string& image, const std::string& name,
                                    Pages which) {
  std::vector<std::uint32_t> open;
  for (const Object& one : catalog(image)) {
    if (one.name == name) open.push_back(one.root);
  }
  if (which == Pages::root) return open;
  std::vector<std::uint32_t> pages;
  while (!open.empty()) {
    const std::uint32_t page = open.back();
    open.pop_back();
    const std::size_t start = std::size_t{page - 1} * kPage;
    const auto kind = static_cast<std::uint8_t>(image.at(start));
    const bool interior = kind == 2 || kind == 5;
    if (which == Pages::all || !interior) pages.push_back(page);
    if (!interior) continue;
    for (std::size_t i = 0; i < number_at(image, start + 3, 2); ++i) {
      open.push_back(number_at(image, start + number_at(image, start + 12 + 2 * i, 2), 4));
    }
    open.push_back(number_at(image, start + 8, 4));
  }
  return pages;
}

bool is_table(const std::string& image, const std::string& name) {
  const Objects objects = catalog(image);
  return std::any_of(objects.begin(), objects.end(),
                     [&](const Object& one) { return one.table && one.name == name; });
}

std::string without_pages(std::string image, const std::vector<std::uint32_t>& pages) {
  for (const std::uint32_t page : pages) {
    image.replace(std::size_t{page - 1} * kPage, kPage, kPage, 'x');
  }
  return image;
}

Result<SalvageReport> SalvageTest::salvage_image(const std::string& image) {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    std::filesystem::remove(entry.path());
  }
  folder_.write("agent.db", image);
  return run_salvage();
}

bool SalvageTest::is_there(const std::string& name) const {
  return std::filesystem::exists(file(name));
}

std::set<Bytes> SalvageTest::revoked(OpenStores& stores) {
  std::set<Bytes> serials;
  const Status visited = stores.certificates.for_each_revoked(
      kCa, at(0), [&](const core::RevokedSerial& one) { serials.insert(one.serial); });
  EXPECT_TRUE(visited.ok());
  return serials;
}

SalvageCount SalvageTest::of(const SalvageReport& report, const std::string& kind) {
  for (const SalvageCount& count : report.counts) {
    if (count.kind == kind) return count;
  }
  ADD_FAILURE() << "no " << kind;
  return {};
}

std::set<std::string> SalvageTest::lossy(const SalvageReport& report) {
  std::set<std::string> kinds;
  for (const SalvageCount& count : report.counts) {
    if (count.lost != 0 || count.more_lost) kinds.insert(count.kind);
  }
  return kinds;
}

}  // namespace certconnector::store
