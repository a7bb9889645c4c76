#include "agent/app/setting_changes.h"

#include <map>
#include <string>

#include "agent/config/configuration.h"

namespace certconnector::app {
namespace {

// The keys of a section with their values, as the file has them.
using Keys = std::map<std::string, std::string>;
using Sections = std::map<std::string, Keys>;

Sections sections_of(const config::Settings& settings) {
  Sections sections;
  for (const config::Setting& one : config::list_settings(settings)) {
    sections["[" + one.section + "]"][one.key] = one.value;
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
  const Sections was = sections_of(before);
  const Sections is = sections_of(after);
  Sections all = was;
  all.insert(is.begin(), is.end());
  std::vector<std::string> changes;
  for (const auto& [section, keys] : all) {
    const auto old = was.find(section);
    const auto now = is.find(section);
    if (old == was.end() || now == is.end()) {
      changes.push_back(now == is.end() ? section + " (no longer there)" : section);
    } else {
      compare(section, old->second, now->second, changes);
    }
  }
  return changes;
}

}  // namespace certconnector::app
