// Keeps a service supplied with an RA certificate. Gets it from the service's CA by a job of the
// agent, gets the next one in time, and drops expired sets. One loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/job_intake.h"
#include "agent/scep/ra_files.h"
#include "common/log/log.h"

namespace certconnector::scep {

struct RaSettings {
  std::string service;
  std::string subject;        // RFC 4514
  std::string template_name;  // of the CA
  int rsa_bits = 2048;
  bool separate = false;  // two certificates instead of one for both uses
};

struct RaParts {
  core::KeySource& keys;
  core::JobStore& store;
  jobs::JobIntake& intake;
  const Clock& clock;
  log::Logger& logger;
};

// The CA of the service, in the part that the RA needs.
struct RaCa {
  core::CaFingerprint fingerprint;
  Bytes certificate;  // DER
};

class RaKeeper {
 public:
  // step() calls it after every change of the sets.
  using Changed = std::function<void(RaSets)>;

  // The references in the parts outlive the keeper.
  RaKeeper(RaSettings settings, const std::string& folder, RaParts parts, Changed changed);

  // Reads the sets on disk. Logs those that cannot be used, and goes on without them.
  void load();
  // Does the due work; `issuer` is nothing while the CA is not served. Returns the time until the
  // next due work, unless a job settles.
  [[nodiscard]] Duration step(const std::optional<RaCa>& issuer);

  // Why there is no RA certificate, or no next one, or which set is damaged, for a person. Empty:
  // all is well.
  [[nodiscard]] std::string problem() const;

 private:
  // Whether the newest set stays good for a while with this CA.
  [[nodiscard]] bool needs_another(const RaCa& issuer);
  [[nodiscard]] bool newest_is_of(const RaCa& issuer);
  [[nodiscard]] bool another_would_last_longer() const;
  [[nodiscard]] Result<Duration> obtain(const RaCa& issuer);
  [[nodiscard]] Result<bool> obtain_one(const RaCa& issuer, int number, RaUse use);
  [[nodiscard]] Status take_over(const core::JobRecord& job, const RaCa& issuer, int number,
                                 RaUse use);
  [[nodiscard]] Status retry(const core::JobRecord& job, int number);
  [[nodiscard]] Timestamp renew_at() const;
  void read_files();
  [[nodiscard]] bool is_readable_again();
  [[nodiscard]] int next_number() const;
  void drop_expired();
  void publish();

  RaSettings settings_;
  RaFiles files_;
  RaParts parts_;
  Changed changed_;
  std::map<int, RaSet> sets_;
  std::map<int, Error> damaged_;          // of the last load()
  bool unreadable_ = false;               // the folder was, at the last look
  core::CaFingerprint ca_of_newest_;      // empty: not looked at yet
  Timestamp ca_ends_ = Timestamp::max();  // the CA certificate of the newest
  std::string problem_;
};

}  // namespace certconnector::scep
