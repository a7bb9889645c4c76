// A database with many rows in every table, and damage to the pages of one of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/store/sqlite/salvage.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {

constexpr int kIssued = 240;  // jobs with their certificates, all enrolled by a device
constexpr int kWaiting = 40;
constexpr int kEvents = 6;  // in the history of each that waits
constexpr int kRevoked = 150;
constexpr int kPasswords = 150;
constexpr int kWithdrawn = 150;

// The file of an agent that ran; made once.
[[nodiscard]] const std::string& busy_image();
[[nodiscard]] Bytes serial_of(int number);

enum class Pages { root, leaves, all };
// The pages of a table or an index, by its name.
[[nodiscard]] std::vector<std::uint32_t> pages_of(const std::string& image, const std::string& name,
                                                  Pages which);
// Every table and index of the schema.
[[nodiscard]] std::vector<std::string> names_in(const std::string& image);
[[nodiscard]] bool is_table(const std::string& image, const std::string& name);
[[nodiscard]] std::string without_pages(std::string image, const std::vector<std::uint32_t>& pages);

// Every row of a table as text; empty for an index.
[[nodiscard]] std::string table_text(Database& database, const std::string& table);

class SalvageTest : public ::testing::Test {
 protected:
  // Salvages `image` as agent.db.
  Result<SalvageReport> salvage_image(const std::string& image);
  Result<SalvageReport> run_salvage() { return salvage(options_); }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] bool is_there(const std::string& name) const;
  // The serial numbers that the next CRL of kCa has.
  static std::set<Bytes> revoked(OpenStores& stores);

  static SalvageCount of(const SalvageReport& report, const std::string& kind);
  // The kinds of which something is lost.
  static std::set<std::string> lossy(const SalvageReport& report);

  certconnector::testing::TempDirectory folder_;
  SalvageOptions options_{folder_.path().string(), {}, at(5000)};
};

}  // namespace certconnector::store
