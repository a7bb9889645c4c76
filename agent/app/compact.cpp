#include <iostream>
#include <optional>

#include "agent/app/load_configuration.h"
#include "agent/app/restore_stage.h"
#include "agent/app/run.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/paths.h"
#include "agent/platform/shared_owner.h"
#include "agent/store/sqlite/compaction.h"
#include "common/time/clock.h"

namespace certconnector::app {
namespace {

constexpr std::chrono::seconds kReportCompactionEvery{5};

int complain_of_compaction(const Error& error) {
  std::cerr << "certconnectord: " << error.message() << "\n";
  return exit_code(error, kDamaged);
}

std::string mebibytes(std::uint64_t octets) {
  constexpr std::uint64_t kTenths = 10;
  constexpr std::uint64_t kMebibyte = 1048576;
  const std::uint64_t tenths = octets * kTenths / kMebibyte;
  return std::to_string(tenths / kTenths) + "." + std::to_string(tenths % kTenths) + " MiB";
}

// To standard error, now and then.
class CompactionLine {
 public:
  Status operator()(const store::CompactionProgress& progress) {
    const Timestamp now = clock_.now();
    if (last_ && now - *last_ < kReportCompactionEvery) return {};
    if (last_) {
      std::cerr << "certconnectord: compaction: " << mebibytes(progress.done) << " of "
                << mebibytes(progress.total) << "\n";
    }
    last_ = now;
    return {};
  }

 private:
  SystemClock clock_;
  std::optional<Timestamp> last_;
};

}  // namespace

int compact(const RunOptions& options) {
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) {
    std::cerr << "certconnectord: " << settings.error().message();
    return kConfiguration;
  }
  // Held until the end: no agent may start meanwhile.
  const std::string& state_dir = settings->agent.state_dir;
  const auto lock = platform::InstanceLock::take(state_dir);
  if (!lock.ok()) return complain_of_compaction(lock.error());
  const Status whole = refuse_half_of_a_restore(*settings);
  if (!whole.ok()) return complain_of_compaction(whole.error());
  CompactionLine line;
  const auto report = store::compact(
      state_dir, [&line](const store::CompactionProgress& progress) { return line(progress); });
  if (!report.ok()) return complain_of_compaction(report.error());
  std::cout << platform::join_path(state_dir, "agent.db") << " has " << mebibytes(report->after)
            << "; before it had " << mebibytes(report->before) << ".\n";
  const auto given = platform::give_to_owner(state_dir);
  return given.ok() ? kOk : complain_of_compaction(given.error());
}

}  // namespace certconnector::app
