// Salvage of a damaged agent.db, or of the files of release 0.1.0 where that is missing: a new file
// with all that can be read, and a report of what is lost.
//
// Nobody may use the files meanwhile. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::store {

// The CRL that an embedded CA published last. Where the database has lost revocations, they stand
// here.
struct PublishedCrl {
  std::uint64_t number = 0;
  std::vector<core::RevokedSerial> revoked;
};

// An embedded CA, as its files tell.
struct SalvageCa {
  core::CaFingerprint fingerprint;
  Bytes subject;  // DER: tells whose a certificate is where the database does not
  PublishedCrl crl;
  // The database that the CA has issued with, as the CA's files tell.
  std::optional<core::StoreMark> issued_with = std::nullopt;
  std::uint64_t issued_crl = 0;  // and the CRL number in it then
};

struct SalvageProgress {
  const char* step = "";
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
// Ends the salvage by an error; nothing was changed then.
using ReportSalvage = std::function<Status(const SalvageProgress&)>;

struct SalvageOptions {
  std::string state_dir;
  std::vector<SalvageCa> cas;
  Timestamp now;
  ReportSalvage report = [](const SalvageProgress&) { return Status(); };
};

struct SalvageCount {
  std::string kind;  // "certificates"
  std::uint64_t copied = 0;
  std::uint64_t lost = 0;
  bool more_lost = false;          // and the files do not say how many
  std::vector<std::string> names;  // of what is lost, the first ones
};

struct SalvageReport {
  std::vector<SalvageCount> counts;
  std::vector<std::string> notes;    // sentences: what else to know
  bool details_lost = false;         // of what came over: a note says which
  std::vector<std::string> damaged;  // where the files from before are now

  [[nodiscard]] bool complete() const;
};

// The file that the salvage makes before it goes into the place of the damaged one.
inline constexpr const char* kSalvagedName = "agent.db.salvaged";

// Makes <state_dir>/agent.db.salvaged (0600), keeps what was there as FILE.damaged-TIME, and puts
// the new file in the place of agent.db. A salvage that was ended in the middle begins anew, or
// goes on where agent.db was about to be replaced; the report is empty then. Errors: corrupt
// (nothing can be read; nothing was changed), permanent (of a newer release; no files; the files of
// 0.1.0 are intact), transient, disk_full.
[[nodiscard]] Result<SalvageReport> salvage(const SalvageOptions& options);
// The same into the new file `target`, and everything else stays as it is.
[[nodiscard]] Result<SalvageReport> salvage_to(const std::string& target,
                                               const SalvageOptions& options);

}  // namespace certconnector::store
