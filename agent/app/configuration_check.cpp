#include "agent/app/configuration_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "agent/app/ca_backends.h"
#include "agent/app/ca_owner.h"
#include "agent/app/ca_sections.h"
#include "agent/app/named_files.h"
#include "agent/app/open_database.h"
#include "agent/app/test_enrollments.h"
#include "agent/app/tls_files.h"
#include "agent/control/local_server.h"
#include "agent/enrollment/static_challenge_check.h"
#include "agent/platform/errors.h"
#include "agent/platform/file_key_source.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/log_target.h"
#include "agent/platform/paths.h"
#include "agent/scep/ra_files.h"

namespace certconnector::app {
namespace {

class FileCheck {
 public:
  FileCheck(const keys::MachineStore& store, Timestamp now) : store_(store), now_(now) {}

  void enter(const std::string& section) { section_ = section; }

  // `outcome`: a Result or Status.
  template <typename Outcome>
  void expect(const Outcome& outcome) {
    if (outcome.ok() || is_mended_with_another(outcome.error().message())) return;
    problems_.push_back({section_, outcome.error().with_context("[" + section_ + "]")});
  }
  void expect_tls(const TlsFiles& files) { add(unusable_tls_files(files, store_, now_)); }
  void expect_own(const config::ManagementSettings& settings) {
    add(unusable_own_certificate(settings, store_, now_));
  }
  void add(std::vector<Error> problems) {
    for (Error& problem : problems) expect(Status(std::move(problem)));
  }

  [[nodiscard]] std::vector<UnusableFile> take() { return std::move(problems_); }

 private:
  // One command mends a closed folder and all that cannot be read in it, as does a disk.
  [[nodiscard]] bool is_mended_with_another(const std::string& message) {
    for (const char* const before : {"; run as root: ", "; run: ", "; move it away: "}) {
      const std::size_t found = message.find(before);
      if (found != std::string::npos) return !remedies_.insert(message.substr(found)).second;
    }
    const bool leads_nowhere = message.find(" is a link to ") != std::string::npos;
    return leads_nowhere && !remedies_.insert(message).second;
  }

  const keys::MachineStore& store_;
  const Timestamp now_;
  std::set<std::string> remedies_;
  std::string section_;
  std::vector<UnusableFile> problems_;
};

// The trouble of all files in a folder of another, or a closed one, follows from that.
bool is_usable(const std::string& state_dir) {
  if (!platform::file_exists(state_dir)) return true;  // the start makes it
  const Status usable = platform::check_own_folder(state_dir);
  return usable.ok() ||
         usable.error().code() == platform::error_code(platform::PlatformErrc::too_open);
}

// The files that the agent makes in its state folder, in the order in which a start uses them.
void check_state(const std::string& state_dir, FileCheck& check) {
  if (!platform::file_exists(state_dir)) return;
  check.expect(platform::check_appendable(platform::InstanceLock::file_of(state_dir)));
  check.expect(check_database_files(state_dir));
  check.expect(TestEnrollments::read(TestEnrollments::file_of(state_dir)));
}

void check_agent(const config::Settings& settings, FileCheck& check) {
  check.enter("agent");
  const std::vector<Error> folders = unusable_folders(settings.agent);
  check.add(folders);
  if (is_usable(settings.agent.state_dir)) {
    check_state(settings.agent.state_dir, check);
    if (!settings.management.own_certificate()) {
      check.expect(platform::IdentityFolder(settings.agent.state_dir).load());
    }
  }
  if (folders.empty()) check.expect(control::check_socket_path(settings.agent.socket));
}

void check_management(const config::ManagementSettings& settings, FileCheck& check) {
  check.enter("management");
  if (!settings.ca_file.empty()) check.expect(read_certificates(settings.ca_file));
  if (settings.ca == config::EndpointCa::system) check.expect(crypto::system_trust());
  if (settings.own_certificate()) check.expect_own(settings);
  check.expect(read_proxy(settings));
}

void check_ca(const config::CaSettings& ca, const config::Settings& settings, FileCheck& check) {
  check.enter("ca." + ca.name);
  const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
  if (backend == nullptr) return;
  platform::FileKeySource keys;
  for (Error& problem : backend->unusable_files(ca_section(ca, settings), keys)) {
    check.expect(Status(std::move(problem)));
  }
}

// The first section with a CA keeps it.
void check_owners(const config::Settings& settings, FileCheck& check) {
  std::vector<std::pair<std::string, crypto::Certificate>> owners;
  for (const config::CaSettings& ca : settings.cas) {
    auto certificate = ca_certificate_in_files(ca_backends(), ca.backend, *ca.options);
    if (!certificate) continue;
    const auto owner = std::find_if(owners.begin(), owners.end(), [&](const auto& one) {
      return same_ca(one.second, *certificate);
    });
    if (owner == owners.end()) {
      owners.emplace_back(ca.name, std::move(*certificate));
      continue;
    }
    check.enter("ca." + ca.name);
    check.expect(Status(ca_of_another_section(ca.name, owner->first, *certificate)));
  }
}

void check_ra(const config::ScepSettings& settings, const std::string& state_dir,
              FileCheck& check) {
  if (settings.path.empty()) return;
  platform::FileKeySource keys;
  const std::string folder = scep::ra_folder(state_dir, settings.name);
  for (const std::string& part : {platform::parent_path(folder), folder}) {
    if (platform::file_exists(part)) check.expect(platform::check_makes_files(part));
  }
  const scep::RaFiles files(folder, keys);
  const scep::RaSetsOnDisk sets = files.load();
  if (sets.unreadable) check.expect(Status(*sets.unreadable));
  for (const auto& [number, why] : sets.damaged) check.expect(Status(why));
}

void check_scep(const config::ScepSettings& settings, const std::string& state_dir,
                FileCheck& check) {
  check.enter("scep." + settings.name);
  check_ra(settings, state_dir, check);
  check.expect(read_next_ca(settings.next_ca_file));
  if (settings.challenge == config::ScepChallenge::fixed) {
    check.expect(read_static_challenge(settings.challenge_file));
  }
  if (settings.challenge == config::ScepChallenge::signed_by_endpoint) {
    check.expect(read_challenge_keys(settings.challenge_keys_file));
  }
}

void check_registration(const config::RegistrationSettings& settings, FileCheck& check) {
  if (settings.listen.empty()) return;
  check.enter("registration");
  check.expect_tls({settings.certificate_file, settings.key_file, settings.certificate_store,
                    settings.client_ca_file});
  if (!settings.issuing_ca_file.empty()) check.expect(read_issuing_ca(settings.issuing_ca_file));
}

// CAs and SCEP services keep most of their files in the state folder.
void check_what_is_made(const config::Settings& settings, FileCheck& check) {
  for (const config::CaSettings& ca : settings.cas) check_ca(ca, settings, check);
  check_owners(settings, check);
  for (const config::ScepSettings& service : settings.scep) {
    check_scep(service, settings.agent.state_dir, check);
  }
}

}  // namespace

std::vector<Error> unusable_folders(const config::AgentSettings& settings) {
  std::vector<Error> problems;
  for (const std::string& folder : {settings.state_dir, settings.runtime_dir}) {
    if (!platform::file_exists(folder)) continue;
    const Status usable = platform::check_own_folder(folder);
    if (!usable.ok()) problems.push_back(usable.error());
  }
  return problems;
}

std::vector<UnusableFile> unusable_files(const config::Settings& settings) {
  return unusable_files(settings, *keys::machine_store(), SystemClock().wall());
}

std::vector<UnusableFile> unusable_files(const config::Settings& settings,
                                         const keys::MachineStore& store, Timestamp now) {
  FileCheck check(store, now);
  check_agent(settings, check);
  if (!settings.log.file.empty()) {
    check.enter("log");
    check.expect(platform::check_log_file(settings.log.file));
    check.expect(platform::check_appendable(settings.log.file));
  }
  check_management(settings.management, check);
  if (!settings.http.tls_listen.empty()) {
    check.enter("http");
    check.expect_tls(
        {settings.http.certificate_file, settings.http.key_file, settings.http.certificate_store});
  }
  if (is_usable(settings.agent.state_dir)) check_what_is_made(settings, check);
  check_registration(settings.registration, check);
  return check.take();
}

std::vector<std::string> notes_on_cas(const config::Settings& settings) {
  std::vector<std::string> notes;
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
    if (backend == nullptr || backend->notes == nullptr) continue;
    for (const std::string& note : backend->notes(ca_section(ca, settings))) {
      notes.push_back("[ca." + ca.name + "]: " + note);
    }
  }
  return notes;
}

}  // namespace certconnector::app
