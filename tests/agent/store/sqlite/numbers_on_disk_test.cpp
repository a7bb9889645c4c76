// The numbers of enums that stand in databases of today. A row may be added; none may ever change.
#include <gtest/gtest.h>

#include "agent/core/job.h"
#include "agent/store/sqlite/certificate_codec.h"

namespace certconnector::store {
namespace {

template <typename Enum>
using Numbers = std::initializer_list<std::pair<Enum, int>>;

template <typename Enum>
void expect(Numbers<Enum> numbers) {
  for (const auto& [value, number] : numbers) EXPECT_EQ(static_cast<int>(value), number);
}

TEST(NumbersOnDisk, OfJobs) {
  using core::JobSource;
  using core::JobState;
  using core::JobType;
  expect<JobType>({{JobType::issue, 0}, {JobType::revoke, 1}});
  expect<JobSource>({{JobSource::management, 0}, {JobSource::local, 1}, {JobSource::scep, 2}});
  expect<JobState>({{JobState::queued, 0},
                    {JobState::running, 1},
                    {JobState::waiting, 2},
                    {JobState::held, 3},
                    {JobState::succeeded, 4},
                    {JobState::failed, 5},
                    {JobState::dead, 6},
                    {JobState::canceled, 7},
                    {JobState::reported, 8}});
}

TEST(NumbersOnDisk, OfNamesInStoredRequests) {
  using crypto::GeneralNameKind;
  expect<GeneralNameKind>({{GeneralNameKind::dns, 0},
                           {GeneralNameKind::email, 1},
                           {GeneralNameKind::uri, 2},
                           {GeneralNameKind::ip, 3},
                           {GeneralNameKind::upn, 4},
                           {GeneralNameKind::directory, 5},
                           {GeneralNameKind::other, 6}});
}

// RFC 5280 section 5.3.1.
TEST(NumbersOnDisk, OfRevocationReasons) {
  using core::RevocationReason;
  expect<RevocationReason>({{RevocationReason::unspecified, 0},
                            {RevocationReason::key_compromise, 1},
                            {RevocationReason::ca_compromise, 2},
                            {RevocationReason::affiliation_changed, 3},
                            {RevocationReason::superseded, 4},
                            {RevocationReason::cessation_of_operation, 5},
                            {RevocationReason::certificate_hold, 6},
                            {RevocationReason::remove_from_crl, 8},
                            {RevocationReason::privilege_withdrawn, 9},
                            {RevocationReason::aa_compromise, 10}});
}

TEST(NumbersOnDisk, OfTheIndexesOfCertificates) {
  const Bytes value{1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(head_of(value), 0x0102030405060708);
  EXPECT_EQ(head_of(Bytes{0xFF, 1}), 0xFF01);
  EXPECT_EQ(head_of(Bytes(8, 0xFF)), -1);
}

}  // namespace
}  // namespace certconnector::store
