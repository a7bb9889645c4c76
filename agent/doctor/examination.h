// Collects what the checks find.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/doctor/check.h"
#include "common/result/error.h"

namespace certconnector::doctor {

struct Finding {
  const Check* check = nullptr;  // never null; static
  Verdict verdict = Verdict::ok;
  std::string subject;  // a section, a file, an address; empty: there is but one
  std::string evidence;
  std::string remedy;  // empty with ok
};

// Not thread-safe.
class Examination {
 public:
  // Of these areas; empty: all.
  explicit Examination(std::set<std::string> areas) : areas_(std::move(areas)) {}

  // Whether the area is wanted: what costs time is looked at for nothing else.
  [[nodiscard]] bool wants(std::string_view area) const;

  // Findings of an area that is not wanted are dropped.
  void ok(const Check& check, std::string subject, std::string evidence);
  void add(const Check& check, Verdict verdict, std::string subject, std::string evidence,
           std::string remedy);
  // The message of many errors ends with a command: that is the remedy. Else it is `otherwise`.
  void failed(const Check& check, std::string subject, const Error& error,
              const std::string& otherwise);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  // `unknown` counts as ok.
  [[nodiscard]] Verdict worst() const;

 private:
  std::set<std::string> areas_;
  std::vector<Finding> findings_;
};

// All areas, in the order of the table.
[[nodiscard]] std::vector<std::string> all_areas();

}  // namespace certconnector::doctor
