// The implementations that the certificate store's suites run on.
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "tests/contract/certificate_store_contract.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::contract {
namespace {

class MemoryStore final : public StoreUnderTest {
 public:
  core::CertificateStore& store() override { return store_; }
  void add_revoked(const Bytes& serial, Timestamp not_after,
                   const core::RevocationRecord& revocation) override {
    store_.add_revoked(serial, not_after, revocation);
  }

 private:
  ca::testing::MemoryCertificateStore store_;
};

class SqliteStore final : public StoreUnderTest {
 public:
  SqliteStore() { open(); }
  core::CertificateStore& store() override { return stores_->certificates; }
  void restart() override {
    stores_.reset();
    open();
  }
  void add_revoked(const Bytes& serial, Timestamp not_after,
                   const core::RevocationRecord& revocation) override {
    const Bytes record = store::encode_revocation({serial, revocation});
    const Status added = stores_->file().write([&](store::StoreWriter& writer) -> Status {
      CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(kStoreCa));
      return store::run(writer.database(),
                        "INSERT INTO revocation(authority, serial, not_after, record) "
                        "VALUES (?, ?, ?, ?)",
                        authority, serial, not_after, record);
    });
    EXPECT_TRUE(added.ok());
  }

 private:
  void open() { stores_ = std::make_unique<testing::OpenStores>(folder_.file("agent.db")); }

  testing::TempDirectory folder_;
  std::unique_ptr<testing::OpenStores> stores_;
};

template <typename Store>
std::unique_ptr<StoreUnderTest> make_store() {
  return std::make_unique<Store>();
}

constexpr StoreFactory kMemory{"Memory", make_store<MemoryStore>};
constexpr StoreFactory kSqlite{"Sqlite", make_store<SqliteStore>};

std::string store_name(const ::testing::TestParamInfo<StoreFactory>& tested) {
  return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(On, CertificateStoreContract, ::testing::Values(kMemory, kSqlite),
                         store_name);
INSTANTIATE_TEST_SUITE_P(On, CertificateListContract, ::testing::Values(kMemory, kSqlite),
                         store_name);

}  // namespace

std::vector<StoreFactory> certificate_stores() { return {kMemory, kSqlite}; }

}  // namespace certconnector::contract
