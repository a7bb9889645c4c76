// A CA backend's keys of a [ca.NAME] section. The configuration knows their names and texts, the
// backend their types.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/config/values.h"

namespace certconnector::config {

// Complains about a key of the section.
using ComplainOfKey = std::function<void(const std::string& key, const std::string& text)>;

// The values of one section. Not changed once the configuration was read; then thread-safe.
class CaOptions {
 public:
  virtual ~CaOptions() = default;

  [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
  // Both: `key` is one of keys().
  [[nodiscard]] virtual Complaint set(const std::string& key, const std::string& value) = 0;
  [[nodiscard]] virtual std::string get(const std::string& key) const = 0;
  // Gives the paths that are not set their places in the CA's own folder.
  virtual void fill_paths(const std::string& folder) = 0;
  // Checks that need several keys.
  virtual void check(const ComplainOfKey& complain) const = 0;
};

// The options of a backend whose keys are the rules of a struct. The struct has fill_paths() and
// check() as above.
template <typename Struct>
class RuledCaOptions final : public CaOptions {
 public:
  using RuleList = std::vector<Rule<Struct>>;
  explicit RuledCaOptions(const RuleList& rules) : rules_(rules) {}

  [[nodiscard]] const Struct& values() const { return values_; }

  [[nodiscard]] std::vector<std::string> keys() const override {
    std::vector<std::string> names;
    names.reserve(rules_.size());
    for (const auto& rule : rules_) names.push_back(rule.name);
    return names;
  }
  [[nodiscard]] Complaint set(const std::string& key, const std::string& value) override {
    return rule(key).read(values_, value);
  }
  [[nodiscard]] std::string get(const std::string& key) const override {
    return rule(key).write(values_);
  }
  void fill_paths(const std::string& folder) override { values_.fill_paths(folder); }
  void check(const ComplainOfKey& complain) const override { values_.check(complain); }

 private:
  [[nodiscard]] const Rule<Struct>& rule(const std::string& key) const {
    return *std::find_if(rules_.begin(), rules_.end(),
                         [&](const Rule<Struct>& one) { return one.name == key; });
  }

  const RuleList& rules_;
  Struct values_;
};

// A value of the key `backend`, and the options of a section that has it.
struct CaBackendRules {
  std::string name;
  std::unique_ptr<CaOptions> (*make_options)() = nullptr;
};
// The first one is the default.
using CaBackendList = std::vector<CaBackendRules>;

}  // namespace certconnector::config
