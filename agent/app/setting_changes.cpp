#include "agent/app/setting_changes.h"

#include <map>
#include <string_view>

#include "agent/config/configuration.h"

namespace certconnector::app {
namespace {

// The keys of a section with their values, as the file has them.
using Keys = std::map<std::string, std::string>;
using Sections = std::map<std::string, Keys>;

Sections sections_of(std::string_view ini) {
  Sections sections;
  std::string section;
  while (!ini.empty()) {
    const std::string line(ini.substr(0, ini.find('\n')));
    ini.remove_prefix(std::min(ini.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (!line.empty() && line.front() == '[') {
      section = line;
      sections[section];
    } else if (equals != std::string::npos) {
      sections[section][line.substr(0, line.find_last_not_of(' ', equals - 1) + 1)] =
          line.substr(equals + 1);
    }
  }
  return sections;
}

void compare(const std::string& section, const Keys& before, const Keys& after,
             std::vector<std::string>& changes) {
  Keys all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [key, value] : all) {
    const auto was = before.find(key);
    const auto is = after.find(key);
    const bool same = was != before.end() && is != after.end() && was->second == is->second;
    if (!same) changes.emplace_back(section).append(" ").append(key);
  }
}

}  // namespace

std::vector<std::string> setting_changes(const config::Settings& before,
                                         const config::Settings& after) {
  const Sections was = sections_of(config::to_ini(before));
  const Sections is = sections_of(config::to_ini(after));
  Sections all = was;
  all.insert(is.begin(), is.end());
  std::vector<std::string> changes;
  for (const auto& [section, keys] : all) {
    const auto old = was.find(section);
    const auto now = is.find(section);
    if (old == was.end() || now == is.end()) {
      changes.push_back(section);
    } else {
      compare(section, old->second, now->second, changes);
    }
  }
  return changes;
}

}  // namespace certconnector::app
