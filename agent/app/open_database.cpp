#include "agent/app/open_database.h"

#include <chrono>
#include <optional>

#include "agent/app/ca_backends.h"
#include "agent/app/database_bonds.h"
#include "agent/app/errors.h"
#include "agent/app/restore_stage.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "common/time/clock.h"

namespace certconnector::app {
namespace {

constexpr std::chrono::seconds kReportEvery{5};
// The service manager gives so much more time at every report.
constexpr std::chrono::minutes kMoreTime{2};

class TakeOverReport {
 public:
  explicit TakeOverReport(const Surroundings& surroundings) : s_(surroundings) {}

  Status operator()(const store::TakeOverProgress& progress) {
    if (s_.events.next(Duration(0)) == platform::ServiceControl::stop) {
      return Error(AppErrc::stopping, ErrorKind::transient,
                   "the agent was stopped while it brought over the files of release 0.1.0; "
                   "these are as they were, and the next start begins anew");
    }
    const Timestamp now = clock_.now();
    const bool over = progress.done == progress.total;
    if (last_ && now - *last_ < kReportEvery && !over) return {};
    last_ = now;
    s_.service_manager.extend_timeout(kMoreTime);
    s_.service_manager.status(
        "bringing over the files of release 0.1.0: " + std::to_string(percent(progress)) + " %");
    s_.logger.info("state.taking_over", "The agent brings over the files of release 0.1.0.",
                   {{"rows", progress.done}, {"of", progress.total}});
    return {};
  }

 private:
  static std::uint64_t percent(const store::TakeOverProgress& progress) {
    return progress.total == 0 ? 100 : progress.done * 100 / progress.total;
  }

  const Surroundings& s_;
  SystemClock clock_;
  std::optional<Timestamp> last_;
};

std::string database_in(const std::string& state_dir) {
  return platform::join_path(state_dir, "agent.db");
}

}  // namespace

Status check_database_files(const std::string& state_dir) {
  for (const char* part : {"", "-wal", "-shm"}) {
    const std::string file = database_in(state_dir) + part;
    if (!platform::file_exists(file)) continue;
    const Status writable = platform::check_appendable(file);
    if (writable.ok()) continue;
    return Error(AppErrc::foreign_file, writable.error().kind(), writable.error().message());
  }
  return {};
}

Result<std::unique_ptr<store::AgentDatabase>> open_database(const config::Settings& settings,
                                                            const Surroundings& surroundings) {
  CC_TRY(refuse_half_of_a_restore(settings));
  TakeOverReport report(surroundings);
  store::AgentDatabaseOptions options;
  options.path = database_in(settings.agent.state_dir);
  CC_TRY(check_database_files(settings.agent.state_dir));
  CC_TRY_ASSIGN(const bool begins, store::AgentDatabase::begins_anew(options.path));
  if (begins) CC_TRY(may_begin_anew(settings, ca_backends()));
  options.report = [&report](const store::TakeOverProgress& progress) { return report(progress); };
  return store::AgentDatabase::open(options);
}

}  // namespace certconnector::app
