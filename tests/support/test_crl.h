// CRLs as other CAs make them, with all that the agent's own never have.
#pragma once

#include <optional>
#include <vector>

#include "common/text/bytes.h"
#include "common/time/clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {

struct TestCrlEntry {
  Bytes serial;  // the contents of its INTEGER
  Timestamp at = FakeClock::kStart - std::chrono::hours(24);
  std::optional<int> reason = std::nullopt;
  Bytes more_extensions = {};  // DER, behind the reason
};

struct TestCrl {
  std::vector<TestCrlEntry> entries;
  bool version_1 = false;
  std::optional<Bytes> number = Bytes{23};  // the contents of its INTEGER
  Timestamp this_update = FakeClock::kStart - std::chrono::hours(2);
  std::optional<Timestamp> next_update = FakeClock::kStart + std::chrono::hours(24 * 7);
  Bytes more_extensions = {};  // DER
  Bytes issuer = {};           // DER Name; empty: the signer's
};

// DER of an Extension.
[[nodiscard]] Bytes test_extension(const std::string& oid, bool critical, const Bytes& value);
// DER, signed by the credential's key. Throws std::runtime_error when it cannot be signed.
[[nodiscard]] Bytes make_crl(const Credential& signer, const TestCrl& crl);

}  // namespace certconnector::testing
