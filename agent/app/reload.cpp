#include "agent/app/reload.h"

#include <algorithm>
#include <utility>

#include "agent/app/configuration_check.h"
#include "agent/app/load_configuration.h"
#include "agent/app/setting_changes.h"
#include "agent/control/scep_findings.h"

namespace certconnector::app {
namespace {

class FixedSettings {
 public:
  template <typename Value>
  void keep(const char* name, const Value& now, Value& next) {
    if (now != next) changed_.emplace_back(name);
    next = now;
  }
  [[nodiscard]] std::vector<std::string> changed() && { return std::move(changed_); }

 private:
  std::vector<std::string> changed_;
};

// A reload takes up another certificate. Only a restart leads to none, and so to onboarding.
void keep_own_certificate(const config::ManagementSettings& now, config::ManagementSettings& next,
                          FixedSettings& fixed) {
  if (!now.own_certificate() || next.own_certificate()) return;
  fixed.keep("[management] url", now.url, next.url);
  fixed.keep("[management] ca", now.ca, next.ca);
  fixed.keep("[management] ca_file", now.ca_file, next.ca_file);
  fixed.keep("[management] certificate_file", now.certificate_file, next.certificate_file);
  fixed.keep("[management] key_file", now.key_file, next.key_file);
  fixed.keep("[management] pkcs12_file", now.pkcs12_file, next.pkcs12_file);
  fixed.keep("[management] passphrase_file", now.passphrase_file, next.passphrase_file);
  fixed.keep("[management] certificate_store", now.certificate_store, next.certificate_store);
}

// Without a TLS listener they have no use before the restart that opens one. With one they stay
// when the new file omits all of them.
void keep_tls_files(const config::HttpSettings& now, config::HttpSettings& next) {
  if (!now.tls_listen.empty() && next.has_certificate()) return;
  next.certificate_file = now.certificate_file;
  next.key_file = now.key_file;
  next.certificate_store = now.certificate_store;
}

}  // namespace

std::vector<std::string> keep_fixed_settings(const config::Settings& now, config::Settings& next) {
  FixedSettings fixed;
  fixed.keep("[agent] state_dir", now.agent.state_dir, next.agent.state_dir);
  fixed.keep("[agent] runtime_dir", now.agent.runtime_dir, next.agent.runtime_dir);
  fixed.keep("[agent] socket", now.agent.socket, next.agent.socket);
  fixed.keep("[agent] socket_group", now.agent.socket_group, next.agent.socket_group);
  fixed.keep("[management] challenge_questions", now.management.challenge_questions,
             next.management.challenge_questions);
  fixed.keep("[log] format", now.log.format, next.log.format);
  fixed.keep("[log] file", now.log.file, next.log.file);
  fixed.keep("[log] rotate_size", now.log.rotate_size, next.log.rotate_size);
  fixed.keep("[log] keep", now.log.keep, next.log.keep);
  fixed.keep("[http] listen", now.http.listen, next.http.listen);
  fixed.keep("[http] tls_listen", now.http.tls_listen, next.http.tls_listen);
  fixed.keep("[http] memory", now.http.memory, next.http.memory);
  fixed.keep("[http] max_connections", now.http.max_connections, next.http.max_connections);
  keep_tls_files(now.http, next.http);
  fixed.keep("[registration] listen", now.registration.listen, next.registration.listen);
  keep_own_certificate(now.management, next.management, fixed);
  return std::move(fixed).changed();
}

namespace {

class Reload {
 public:
  Reload(const ReloadParts& parts, const std::string& file,
         const std::vector<core::HealthFinding>& earlier)
      : parts_(parts), file_(file), earlier_(earlier) {}

  control::ReloadView run() {
    view_.at = parts_.clock.wall();
    auto loaded = load_configuration(file_);
    if (!loaded.ok()) {
      refuse("reload.refused", "The configuration is wrong; the agent works on with the old one. ",
             loaded.error());
      return std::move(view_);
    }
    config::Settings next = std::move(*loaded);
    const config::Settings before = parts_.agent.settings();
    const std::vector<std::string> fixed = keep_fixed_settings(before, next);
    // Of the folders in use.
    for (const Error& open : unusable_folders(next.agent)) {
      refuse("reload.refused",
             "A folder of the agent is not safe; the agent works on with the old configuration. ",
             open);
    }
    if (!view_.refused.empty()) return std::move(view_);
    view_.taken = true;
    view_.needs_restart = fixed;
    view_.changed = setting_changes(before, next);
    const std::vector<core::HealthFinding> known = findings();
    take_up(next);
    tell_what_is_new(known);
    return std::move(view_);
  }

 private:
  void take_up(const config::Settings& next) {
    for (const std::string& name : view_.needs_restart) {
      parts_.logger.warning("reload.needs_restart",
                            name + " has changed and takes effect after a restart.");
    }
    parts_.logger.set_level(next.log.level);
    expect("reload.log", "The log goes on in the file that is open: ", parts_.logger.reopen());
    expect("reload.scep", "The SCEP services work on as before: ", parts_.scep.configure(next));
    expect("reload.registration",
           "The NDES service works on as before: ", parts_.registration.configure(next));
    expect("reload.http", "The HTTP server works on as before: ", parts_.http.configure(next));
    for (http::Peer& peer : parts_.http.peers()) parts_.scep.listening_at(std::move(peer));
    parts_.agent.reload(next);
    parts_.logger.info("reload.done", "The agent read the configuration again and uses it.",
                       {{"changed", view_.changed.size()},
                        {"needs_restart", view_.needs_restart.size()},
                        {"refused", view_.refused.size()}});
  }

  [[nodiscard]] std::vector<core::HealthFinding> findings() const {
    std::vector<core::HealthFinding> all = parts_.status.findings();
    const auto more = control::scep_findings(parts_.scep.services(), parts_.clock.wall());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // Files may have changed as well: a CA or a service that worked may be down now.
  void tell_what_is_new(const std::vector<core::HealthFinding>& known) {
    for (core::HealthFinding& one : broken_by_reloads(known, earlier_, findings())) {
      if (begins_anew(one, view_.changed)) continue;
      parts_.logger.warning("reload.found", "After the reload: " + one.message,
                            {{"component", one.component}, {"code", one.code->name}});
      view_.new_findings.push_back(std::move(one));
    }
  }

  void expect(std::string_view event, std::string_view what, const Status& done) {
    if (!done.ok()) refuse(event, what, done.error());
  }
  void refuse(std::string_view event, std::string_view what, const Error& error) {
    std::string text = std::string(what) + error.message();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    // A line in the log for each problem.
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (end > 0) parts_.logger.error(event, rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    view_.refused.push_back(std::move(text));
  }

  const ReloadParts& parts_;
  const std::string& file_;
  const std::vector<core::HealthFinding>& earlier_;
  control::ReloadView view_;
};

bool has(const std::vector<core::HealthFinding>& findings, const core::HealthFinding& wanted) {
  return std::any_of(findings.begin(), findings.end(), [&](const core::HealthFinding& one) {
    return one.code == wanted.code && one.component == wanted.component;
  });
}

}  // namespace

control::ReloadView reload_configuration(const ReloadParts& parts, const std::string& file,
                                         const std::vector<core::HealthFinding>& earlier) {
  return Reload(parts, file, earlier).run();
}

bool begins_anew(const core::HealthFinding& finding, const std::vector<std::string>& changed) {
  const auto has_changed = [&](const auto& matches) {
    return std::any_of(changed.begin(), changed.end(), matches);
  };
  if (finding.code == &core::finding::kScepCannotEnroll) {
    const std::string section = "[" + finding.component + "]";
    return has_changed(
        [&](const std::string& one) { return one == section || one == section + " ca"; });
  }
  const bool of_endpoint = finding.code == &core::finding::kEndpointDenies ||
                           finding.code == &core::finding::kEndpointFails;
  return of_endpoint &&
         has_changed([](const std::string& one) { return one.rfind("[management]", 0) == 0; });
}

std::vector<core::HealthFinding> broken_by_reloads(const std::vector<core::HealthFinding>& before,
                                                   const std::vector<core::HealthFinding>& earlier,
                                                   std::vector<core::HealthFinding> after) {
  const auto sound_or_older = [&](const core::HealthFinding& one) {
    return one.level() == core::HealthLevel::ok || (has(before, one) && !has(earlier, one));
  };
  after.erase(std::remove_if(after.begin(), after.end(), sound_or_older), after.end());
  return after;
}

}  // namespace certconnector::app
