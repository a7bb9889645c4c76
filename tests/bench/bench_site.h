// The site of the in-process benchmarks: a real queue, a real certificate store and a real embedded
// CA in a temporary folder.
#pragma once

#include <memory>
#include <string>

#include "agent/core/ports/certificate_authority.h"
#include "agent/platform/file_key_source.h"
#include "common/crypto/key.h"
#include "common/log/log.h"
#include "common/time/clock.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::bench {

// Ends the program with the message of a failed result.
[[noreturn]] void fail(const Error& error);

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) fail(result.error());
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) fail(status.error());
}

class BenchSite {
 public:
  explicit BenchSite(const crypto::KeySpec& ca_key);

  [[nodiscard]] store::SqliteJobStore& jobs() { return stores_.jobs; }
  [[nodiscard]] store::SqliteCertificateStore& certificates() { return stores_.certificates; }
  [[nodiscard]] const core::CaPorts& ports() const { return ports_; }
  [[nodiscard]] const core::CaFingerprint& ca() const { return ca_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] log::Logger& log() { return log_; }

 private:
  testing::TempDirectory folder_;
  SystemClock clock_;
  log::NullLogger log_;
  platform::FileKeySource keys_;
  testing::OpenStores stores_{folder_.file("agent.db")};
  core::CaPorts ports_;
  core::CaFingerprint ca_;
};

// DER of a request for a new key of this kind.
[[nodiscard]] Bytes make_request(const crypto::KeySpec& key);

// CPU time of this process so far, all threads, in milliseconds.
[[nodiscard]] double cpu_ms();
// Wall time from an arbitrary start, in milliseconds.
[[nodiscard]] double wall_ms();

}  // namespace certconnector::bench
