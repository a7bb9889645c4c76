#include "agent/app/configuration_check.h"

#include <string>
#include <utility>

#include "agent/app/ca_backends.h"
#include "agent/app/ca_sections.h"
#include "agent/app/named_files.h"
#include "agent/app/tls_files.h"
#include "agent/control/local_server.h"
#include "agent/enrollment/static_challenge_check.h"
#include "agent/platform/files.h"

namespace certconnector::app {
namespace {

class FileCheck {
 public:
  void enter(const std::string& section) { section_ = "[" + section + "]"; }

  // `outcome`: a Result or Status.
  template <typename Outcome>
  void expect(const Outcome& outcome) {
    if (!outcome.ok()) problems_.push_back(outcome.error().with_context(section_));
  }
  void expect_tls(const TlsFiles& files) { add(unusable_tls_files(files)); }
  void add(std::vector<Error> problems) {
    for (Error& problem : problems) expect(Status(std::move(problem)));
  }

  [[nodiscard]] std::vector<Error> take() { return std::move(problems_); }

 private:
  std::string section_;
  std::vector<Error> problems_;
};

void check_management(const config::ManagementSettings& settings, FileCheck& check) {
  check.enter("management");
  if (!settings.ca_file.empty()) check.expect(read_certificates(settings.ca_file));
  if (settings.own_certificate()) check.add(unusable_own_certificate(settings));
  check.expect(read_proxy(settings));
}

void check_ca(const config::CaSettings& ca, const config::Settings& settings, FileCheck& check) {
  check.enter("ca." + ca.name);
  const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
  if (backend == nullptr) return;
  for (Error& problem : backend->unusable_files(ca_section(ca, settings))) {
    check.expect(Status(std::move(problem)));
  }
}

void check_scep(const config::ScepSettings& settings, FileCheck& check) {
  check.enter("scep." + settings.name);
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
  check.expect_tls({settings.certificate_file, settings.key_file, settings.client_ca_file});
  if (!settings.issuing_ca_file.empty()) check.expect(read_issuing_ca(settings.issuing_ca_file));
}

}  // namespace

std::vector<Error> unusable_files(const config::Settings& settings) {
  FileCheck check;
  check.enter("agent");
  for (const std::string& folder : {settings.agent.state_dir, settings.agent.runtime_dir}) {
    if (platform::file_exists(folder)) check.expect(platform::check_only_owner_writes(folder));
  }
  check.expect(control::check_socket_path(settings.agent.socket));
  check_management(settings.management, check);
  if (!settings.http.tls_listen.empty()) {
    check.enter("http");
    check.expect_tls({settings.http.certificate_file, settings.http.key_file});
  }
  for (const config::CaSettings& ca : settings.cas) check_ca(ca, settings, check);
  for (const config::ScepSettings& service : settings.scep) check_scep(service, check);
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
