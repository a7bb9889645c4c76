// Every key is in the man page and in the example that is installed, with its default.
#include <gtest/gtest.h>

#include <sstream>
#include <utility>

#include "agent/config/rules.h"
#include "agent/platform/defaults.h"
#include "tests/agent/config/reading.h"
#include "tests/support/temp_directory.h"

namespace certconnector::config {
namespace {

using certconnector::testing::read_file;

const std::string kPackaging = CC_PACKAGING_DIR;

// From the line that begins it to the one that begins the next.
std::string part_of(const std::string& text, const std::string& begin, const std::string& next) {
  const std::size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  return text.substr(at, text.find(next, at + begin.size()) - at);
}

// The lines that begin with the mark and are "key = value" after it.
std::vector<std::pair<std::string, std::string>> assignments(const std::string& text,
                                                             const std::string& mark) {
  std::vector<std::pair<std::string, std::string>> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" =", mark.size());
    if (line.compare(0, mark.size(), mark) != 0 || equals == std::string::npos) continue;
    const std::string key = line.substr(mark.size(), equals - mark.size());
    if (key.find(' ') != std::string::npos) continue;
    found.emplace_back(key, line.size() > equals + 3 ? line.substr(equals + 3) : "");
  }
  return found;
}

std::vector<std::string> keys_of(const std::vector<std::pair<std::string, std::string>>& all) {
  std::vector<std::string> keys;
  keys.reserve(all.size());
  for (const auto& [key, value] : all) keys.push_back(key);
  return keys;
}

// A default of Debian's as this platform has it.
std::string of_this_platform(std::string value) {
  const platform::Defaults& here = platform::defaults();
  for (const auto& [debian, local] :
       {std::pair("/run/certconnector/agent.sock", here.control_socket),
        std::pair("/run/certconnector", here.runtime_folder),
        std::pair("/var/lib/certconnector", here.state_folder)}) {
    if (value.rfind(debian, 0) == 0) return local + value.substr(std::string(debian).size());
  }
  return value;
}

// The documentation of a section: the man page's keys, and the example's with their values.
std::vector<std::pair<std::string, std::string>> documented(const std::string& section,
                                                            const std::string& in_example,
                                                            const std::vector<std::string>& keys) {
  const std::string man = part_of(read_file(kPackaging + "/man/certconnectord.conf.5"),
                                  ".Ss Section " + section + "\n", "\n.S");
  EXPECT_EQ(keys_of(assignments(man, ".It Cm ")), keys);
  auto example =
      assignments(part_of(read_file(kPackaging + "/certconnectord.conf"), in_example, "\n\n"), "#");
  EXPECT_EQ(keys_of(example), keys);
  if (keys_of(example) != keys) example.clear();
  for (auto& [key, value] : example) value = of_this_platform(value);
  return example;
}

template <typename Struct>
void compare(const std::string& section, const Rules<Struct>& rules, const Struct& defaults,
             const std::string& in_example) {
  SCOPED_TRACE(section);
  std::vector<std::string> keys;
  keys.reserve(rules.size());
  for (const auto& rule : rules) keys.push_back(rule.name);
  const auto example = documented(section, in_example, keys);
  for (std::size_t i = 0; i < example.size(); ++i) {
    Struct read = defaults;
    EXPECT_EQ(rules[i].read(read, example[i].second), std::nullopt) << keys[i];
    EXPECT_EQ(rules[i].write(read), rules[i].write(defaults)) << keys[i];
  }
}

TEST(ConfigurationDocumentation, HasEveryKeyOfEveryBackend) {
  std::vector<std::string> common{"backend"};
  for (const auto& rule : ca_rules()) common.push_back(rule.name);
  for (const CaBackendRules& backend : ca::rules_of(app::ca_backends())) {
    SCOPED_TRACE(backend.name);
    const auto options = backend.make_options();
    std::vector<std::string> keys = common;
    for (const std::string& key : options->keys()) keys.push_back(key);
    const std::string name = backend.name == "local" ? "default" : backend.name;
    const auto example =
        documented("ca.NAME with backend = " + backend.name, "\n#[ca." + name + "]\n", keys);
    const auto defaults = backend.make_options();
    defaults->fill_paths(platform::defaults().state_folder + ("/ca/" + name));
    for (std::size_t i = common.size(); i < example.size(); ++i) {
      EXPECT_EQ(options->set(keys[i], example[i].second), std::nullopt) << keys[i];
      EXPECT_EQ(options->get(keys[i]), defaults->get(keys[i]));
    }
  }
}

TEST(ConfigurationDocumentation, HasEveryKeyWithItsDefault) {
  const auto parsed = read("");
  ASSERT_TRUE(parsed.settings);
  const Settings& s = *parsed.settings;
  compare("agent", agent_rules(), s.agent, "\n[agent]\n");
  compare("log", log_rules(), s.log, "\n[log]\n");
  compare("management", management_rules(), s.management, "\n[management]\n");
  compare("queue", queue_rules(), s.queue, "\n[queue]\n");
  compare("retry", retry_rules(), s.retry, "\n[retry]\n");
  compare("breaker", breaker_rules(), s.breaker, "\n[breaker]\n");
  compare("http", http_rules(), s.http, "\n[http]\n");
  compare("template.NAME", template_rules(), s.templates.front(), "\n#[template.device]\n");
  compare("scep.NAME", scep_rules(), ScepSettings(), "\n#[scep.NAME]\n");
  compare("registration", registration_rules(), s.registration, "\n#[registration]\n");
}

}  // namespace
}  // namespace certconnector::config
