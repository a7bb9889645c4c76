#include "agent/config/configuration.h"

#include <algorithm>
#include <map>

#include "agent/config/http_check.h"
#include "agent/config/ini.h"
#include "agent/config/management_check.h"
#include "agent/config/registration_check.h"
#include "agent/config/rules.h"
#include "agent/config/scep_check.h"
#include "agent/platform/control_address.h"
#include "agent/platform/paths.h"
#include "common/crypto/pkcs10.h"
#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

constexpr std::string_view kCaPrefix = "ca.";
constexpr std::string_view kTemplatePrefix = "template.";
constexpr std::string_view kScepPrefix = "scep.";
constexpr std::string_view kBackendKey = "backend";
constexpr std::size_t kMaxNamedSections = 256;  // of each kind

TemplateSettings default_template(std::string name) {
  using Kind = crypto::GeneralNameKind;
  TemplateSettings t;
  t.name = std::move(name);
  t.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  t.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  t.san_kinds = {Kind::dns, Kind::email, Kind::uri, Kind::ip, Kind::upn};
  return t;
}

ScepSettings default_scep(std::string name) {
  ScepSettings scep;
  scep.name = std::move(name);
  return scep;
}

bool has_prefix(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// Applies the file to the defaults, noting every problem and the line of every key.
class Reader {
 public:
  Reader(const CaBackendList& backends, std::vector<Problem>& problems)
      : backends_(backends), problems_(problems) {}

  Settings read(const Ini& ini) {
    for (const Section& section : ini.sections) open(section, ini);
    for (const Entry& entry : ini.entries) take(entry);
    if (settings_.cas.empty()) settings_.cas.push_back(make_ca("default", backends_.front()));
    if (settings_.templates.empty()) settings_.templates.push_back(default_template("device"));
    for (CaSettings& ca : settings_.cas) {
      ca_options_.at(ca.name)->fill_paths(settings_.agent.state_dir + "/ca/" + ca.name);
    }
    return std::move(settings_);
  }

  // The line of a key, for checks that look at several; 0 when the file does not have it.
  [[nodiscard]] int line(const std::string& section, const std::string& key) const {
    const auto it = lines_.find(section + "." + key);
    return it == lines_.end() ? 0 : it->second;
  }

 private:
  void open(const Section& section, const Ini& ini) {
    if (has_prefix(section.name, kCaPrefix)) {
      const std::string name = section.name.substr(kCaPrefix.size());
      const CaBackendRules& backend = backend_of(section.name, ini);
      const auto make = [&](std::string ca) { return make_ca(std::move(ca), backend); };
      if (check_name(section, name)) open_named(settings_.cas, section, name, make);
    } else if (has_prefix(section.name, kTemplatePrefix)) {
      const std::string name = section.name.substr(kTemplatePrefix.size());
      if (check_name(section, name)) {
        open_named(settings_.templates, section, name, default_template);
      }
    } else if (has_prefix(section.name, kScepPrefix)) {
      const std::string name = section.name.substr(kScepPrefix.size());
      if (check_name(section, name)) open_named(settings_.scep, section, name, default_scep);
    } else if (!is_fixed(section.name)) {
      unknown_section(section);
    }
  }

  CaSettings make_ca(std::string name, const CaBackendRules& backend) {
    const std::shared_ptr<CaOptions> options = backend.make_options();
    ca_options_[name] = options;
    CaSettings ca;
    ca.name = std::move(name);
    ca.backend = backend.name;
    ca.options = options;
    return ca;
  }

  // The backend that the section names, in any line; take() complains about an unknown one.
  [[nodiscard]] const CaBackendRules& backend_of(const std::string& section, const Ini& ini) const {
    for (const Entry& entry : ini.entries) {
      if (entry.section != section || entry.key != kBackendKey) continue;
      for (const CaBackendRules& backend : backends_) {
        if (backend.name == entry.value) return backend;
      }
    }
    return backends_.front();
  }

  template <typename Struct, typename Make>
  void open_named(std::vector<Struct>& all, const Section& section, const std::string& name,
                  const Make& make) {
    const auto same = [&](const Struct& s) { return s.name == name; };
    if (std::any_of(all.begin(), all.end(), same)) return;
    if (all.size() < kMaxNamedSections) {
      all.push_back(make(name));
    } else if (all.size() == kMaxNamedSections) {
      problem(section, "[" + section.name + "]: there are more than " +
                           std::to_string(kMaxNamedSections) + " sections of this kind");
    }
  }

  // A CA's name is a folder's name too, so it does not begin with a dot.
  bool check_name(const Section& section, const std::string& name) {
    if (!check_identifier(name) && name.front() != '.') return true;
    problem(section,
            "[" + section.name +
                "]: the name must be 1 to 64 letters, digits, dots, underscores or hyphens "
                "and not begin with a dot");
    return false;
  }

  static bool is_fixed(const std::string& name) {
    const auto all = fixed_sections();
    return std::find(all.begin(), all.end(), name) != all.end();
  }
  static std::vector<std::string> fixed_sections() {
    return {"agent", "log", "management", "queue", "retry", "breaker", "http", "registration"};
  }

  void unknown_section(const Section& section) {
    std::string text = "unknown section [" + section.name + "]";
    const std::string head = section.name.substr(0, section.name.find('.'));
    auto known = fixed_sections();
    known.insert(known.end(), {"ca", "template", "scep"});
    std::string near = text::nearest(head, known);
    if (near == "ca" || near == "template" || near == "scep") near += ".NAME";
    problem(section, text + (near.empty() ? "" : "; did you mean [" + near + "]?"));
  }

  void take(const Entry& entry) {
    const auto [previous, fresh] = lines_.emplace(entry.section + "." + entry.key, entry.line);
    if (!fresh) {
      problem(entry, " is given twice; the first is in line " + std::to_string(previous->second));
      return;
    }
    if (entry.section == "agent") return set(settings_.agent, agent_rules(), entry);
    if (entry.section == "log") return set(settings_.log, log_rules(), entry);
    if (entry.section == "management") return set(settings_.management, management_rules(), entry);
    if (entry.section == "queue") return set(settings_.queue, queue_rules(), entry);
    if (entry.section == "retry") return set(settings_.retry, retry_rules(), entry);
    if (entry.section == "breaker") return set(settings_.breaker, breaker_rules(), entry);
    if (entry.section == "http") return set(settings_.http, http_rules(), entry);
    if (entry.section == "registration") {
      return set(settings_.registration, registration_rules(), entry);
    }
    if (has_prefix(entry.section, kCaPrefix)) return set_of_ca(entry);
    set_named(settings_.templates, kTemplatePrefix, template_rules(), entry);
    set_named(settings_.scep, kScepPrefix, scep_rules(), entry);
  }

  // An entry of a section with a problem has no struct to go to. open() has reported the section.
  template <typename Struct>
  void set_named(std::vector<Struct>& all, std::string_view prefix, const Rules<Struct>& rules,
                 const Entry& entry) {
    if (!has_prefix(entry.section, prefix)) return;
    const std::string name = entry.section.substr(prefix.size());
    for (Struct& candidate : all) {
      if (candidate.name == name) set(candidate, rules, entry);
    }
  }

  template <typename Struct>
  void set(Struct& target, const Rules<Struct>& rules, const Entry& entry,
           std::vector<std::string> names = {}) {
    for (const auto& rule : rules) {
      if (rule.name != entry.key) {
        names.push_back(rule.name);
        continue;
      }
      if (const Complaint complaint = rule.read(target, entry.value)) {
        problem(entry, " " + *complaint);
      }
      return;
    }
    const std::string near = text::nearest(entry.key, names);
    problems_.push_back({entry.line,
                         "[" + entry.section + "] has no key \"" + entry.key + "\"" +
                             (near.empty() ? "" : "; did you mean " + near + "?"),
                         entry.section, entry.key});
  }

  void set_of_ca(const Entry& entry) {
    const std::string name = entry.section.substr(kCaPrefix.size());
    const auto options = ca_options_.find(name);
    if (options == ca_options_.end()) return;  // the section was refused
    if (entry.key == kBackendKey) return check_backend(entry);
    const std::vector<std::string> own = options->second->keys();
    if (std::find(own.begin(), own.end(), entry.key) != own.end()) {
      if (const Complaint complaint = options->second->set(entry.key, entry.value)) {
        problem(entry, " " + *complaint);
      }
      return;
    }
    for (CaSettings& ca : settings_.cas) {
      if (ca.name == name) set(ca, ca_rules(), entry, own);
    }
  }

  void check_backend(const Entry& entry) {
    std::string names;
    for (const CaBackendRules& backend : backends_) {
      if (backend.name == entry.value) return;
      names += (names.empty() ? "" : ", ") + backend.name;
    }
    problem(entry, " must be one of: " + names);
  }

  void problem(const Section& section, std::string text) {
    problems_.push_back({section.line, std::move(text), section.name});
  }
  // `what` follows the name of the key.
  void problem(const Entry& entry, const std::string& what) {
    problems_.push_back(
        {entry.line, "[" + entry.section + "] " + entry.key + what, entry.section, entry.key});
  }

  const CaBackendList& backends_;
  std::vector<Problem>& problems_;
  Settings settings_;
  std::map<std::string, std::shared_ptr<CaOptions>> ca_options_;  // by the CA's name
  std::map<std::string, int> lines_;
};

void fill(std::string& path, const std::string& value) {
  if (path.empty()) path = value;
}

void fill_paths(Settings& settings) {
  fill(settings.agent.socket, platform::control_address(settings.agent.runtime_dir));
}

// Checks that need several keys.
class CrossCheck {
 public:
  CrossCheck(const Settings& settings, const Reader& reader, std::vector<Problem>& problems)
      : settings_(settings), reader_(reader), problems_(problems) {}

  void check() {
    folders();
    const Complain complaining = [this](const std::string& section, const std::string& key,
                                        const std::string& text) { complain(section, key, text); };
    check_management(settings_.management, complaining);
    times();
    templates();
    check_http(settings_.http, complaining);
    check_scep(settings_, complaining);
    check_registration(settings_, complaining);
  }

 private:
  void folders() {
    if (settings_.agent.state_dir.empty()) complain("agent", "state_dir", "must not be empty");
    if (settings_.agent.runtime_dir.empty()) complain("agent", "runtime_dir", "must not be empty");
  }

  void times() {
    if (settings_.retry.base > settings_.retry.cap) {
      complain("retry", "base", "must not be longer than cap");
    }
    if (settings_.management.request_timeout <= settings_.management.poll_wait) {
      complain("management", "request_timeout",
               "must be longer than poll_wait (" + format_duration(settings_.management.poll_wait) +
                   ")");
    }
    for (const CaSettings& ca : settings_.cas) {
      ca.options->check([&](const std::string& key, const std::string& text) {
        complain("ca." + ca.name, key, text);
      });
    }
  }

  void templates() {
    std::vector<std::string> names;
    for (const CaSettings& ca : settings_.cas) names.push_back(ca.name);
    for (const TemplateSettings& t : settings_.templates) {
      if (t.ca.empty() || std::find(names.begin(), names.end(), t.ca) != names.end()) continue;
      const std::string near = text::nearest(t.ca, names);
      complain("template." + t.name, "ca",
               "names the CA \"" + t.ca + "\", which has no section [ca." + t.ca + "]" +
                   (near.empty() ? "" : "; did you mean " + near + "?"));
    }
  }

  void complain(const std::string& section, const std::string& key, const std::string& text) {
    std::string message = "[";
    message.append(section).append("] ").append(key).append(" ").append(text);
    problems_.push_back({reader_.line(section, key), std::move(message), section, key});
  }

  const Settings& settings_;
  const Reader& reader_;
  std::vector<Problem>& problems_;
};

// A file that is no configuration must not fill the journal.
void keep_first(std::vector<Problem>& problems) {
  constexpr std::size_t kMost = 100;
  if (problems.size() <= kMost) return;
  const std::size_t more = problems.size() - kMost;
  problems.resize(kMost);
  problems.push_back({0, "and " + std::to_string(more) + " more problems"});
}

}  // namespace

std::string host_of(const std::string& address) {
  std::string host = address.substr(0, std::min(address.rfind(':'), address.size()));
  if (host.size() >= 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return host;
}

Reading parse(std::string_view text, const CaBackendList& backends) {
  Reading reading;
  if (text.size() > kMaxConfigurationSize) {
    reading.problems.push_back({0, "is larger than " + format_size(kMaxConfigurationSize)});
    return reading;
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    reading.problems.push_back({1,
                                "begins with a byte order mark; save the file as UTF-8 without one "
                                "(sed -i '1s/^\\xEF\\xBB\\xBF//')"});
    return reading;
  }
  const Ini ini = read_ini(text, reading.problems);
  Reader reader(backends, reading.problems);
  Settings settings = reader.read(ini);
  fill_scep(settings);
  CrossCheck(settings, reader, reading.problems).check();
  std::stable_sort(reading.problems.begin(), reading.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  keep_first(reading.problems);
  fill_paths(settings);
  if (reading.problems.empty()) reading.settings = std::move(settings);
  return reading;
}

}  // namespace certconnector::config
