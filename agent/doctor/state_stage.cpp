// Configuration, files, disk and database: what is on this machine's disk.
#include "agent/app/configuration_check.h"
#include "agent/config/registration_check.h"
#include "agent/doctor/stages.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/own_user.h"
#include "agent/platform/paths.h"
#include "agent/platform/words.h"
#include "agent/store/sqlite/agent_database.h"

namespace certconnector::doctor {
namespace {

constexpr std::uint64_t kMebioctet = 1024UL * 1024;
constexpr std::uint64_t kLittleRoom = 1024 * kMebioctet;
// The agent stops taking jobs later by itself.
constexpr std::uint64_t kNoRoom = 64 * kMebioctet;
// Reading it takes half a minute or so.
constexpr std::uint64_t kLargestRead = 4096 * kMebioctet;

std::string mebioctets(std::uint64_t octets) {
  return std::to_string(octets / kMebioctet) + " MiB";
}

void look_at_room(const std::string& folder, const Parts& parts, Examination& examination) {
  if (folder.empty() || !platform::file_exists(folder)) return;
  const auto room = parts.free_room(folder);
  if (!room.ok()) {
    examination.failed(check::kDiskRoom, folder, room.error(), "Look at the disk, then try again");
    return;
  }
  const std::string evidence = mebioctets(*room) + " are free there";
  const std::string remedy =
      "Free some, or enlarge the file system. A database that has purged much becomes smaller "
      "by: " +
      platform::service_commands().agent_as_its_user + " --compact, while the agent does not run";
  if (*room < kNoRoom) {
    examination.add(check::kDiskRoom, Verdict::failed, folder, evidence, remedy);
  } else if (*room < kLittleRoom) {
    examination.add(check::kDiskRoom, Verdict::warning, folder, evidence, remedy);
  } else {
    examination.ok(check::kDiskRoom, folder, evidence);
  }
}

}  // namespace

void examine_notes(const Subject& subject, Examination& examination) {
  if (!examination.wants("configuration")) return;
  std::vector<std::string> notes = app::notes_on_cas(subject.settings);
  for (std::string& note : config::notes_on_registration(subject.settings)) {
    notes.push_back(std::move(note));
  }
  for (std::string& note : notes) {
    examination.add(check::kConfigurationNotes, Verdict::warning, subject.configuration_file,
                    std::move(note),
                    "Change the section, or leave it so where nobody asks for that");
  }
  if (notes.empty()) {
    examination.ok(check::kConfigurationNotes, subject.configuration_file,
                   "the CAs can issue what it offers");
  }
}

void examine_files(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("files")) return;
  const auto unusable = app::unusable_files(subject.settings, parts.store, parts.clock.wall());
  for (const app::UnusableFile& one : unusable) {
    examination.failed(check::kFilesUsable, one.section, one.error,
                       "Mend the file that it names, then check again: certconnector doctor "
                       "--area files");
  }
  if (!unusable.empty()) return;
  examination.ok(check::kFilesUsable, subject.settings.agent.state_dir,
                 platform::own_user() + " can use all files of the configuration and of the state");
}

void examine_disk(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("disk")) return;
  look_at_room(subject.settings.agent.state_dir, parts, examination);
  if (!subject.settings.log.file.empty()) {
    look_at_room(platform::parent_path(subject.settings.log.file), parts, examination);
  }
}

void examine_database(const Subject& subject, Examination& examination) {
  if (!examination.wants("database")) return;
  const std::string& state = subject.settings.agent.state_dir;
  const std::string file = platform::join_path(state, "agent.db");
  const auto cannot_tell = [&](const std::string& why, const std::string& remedy) {
    examination.add(check::kDatabaseReadable, Verdict::unknown, file, why, remedy);
  };
  if (!platform::file_exists(file)) {
    cannot_tell("it is not there; the first start makes it", {});
    return;
  }
  if (platform::InstanceLock::is_taken_by_another(state)) {
    cannot_tell("the running agent has it open", "Ask that agent: certconnector health");
    return;
  }
  const auto log = platform::file_size(file + "-wal");
  if (log.ok() && *log > 0) {
    cannot_tell("the agent that used it was ended; the next start reads its log of " +
                    std::to_string(*log) + " octets",
                "Start the agent: " + platform::service_commands().start);
    return;
  }
  const auto size = platform::file_size(file);
  if (size.ok() && *size > kLargestRead) {
    cannot_tell("it has " + mebioctets(*size) + ", which take minutes to read",
                "A backup reads all of it: let the agent make one");
    return;
  }
  const Status whole = store::AgentDatabase::check_file(file);
  if (whole.ok()) {
    examination.ok(check::kDatabaseReadable, file, "the whole file can be read");
  } else {
    examination.failed(
        check::kDatabaseReadable, file, whole.error(),
        "Save what can be read: " + platform::service_commands().agent_as_its_user + " --salvage");
  }
}

}  // namespace certconnector::doctor
