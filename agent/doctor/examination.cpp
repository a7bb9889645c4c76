#include "agent/doctor/examination.h"

#include <algorithm>

namespace certconnector::doctor {
namespace {

struct Parted {
  std::string evidence;
  std::string remedy;
};

// "X is Y; run as root: chmod ..." has both.
Parted part(const std::string& message) {
  for (const std::string_view before : {"; run as root: ", "; run: ", "; move it away: "}) {
    const std::size_t found = message.find(before);
    if (found == std::string::npos) continue;
    std::string remedy = message.substr(found + 2);
    remedy.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(remedy.front())));
    return {message.substr(0, found), std::move(remedy)};
  }
  return {message, {}};
}

}  // namespace

bool Examination::wants(std::string_view area) const {
  return areas_.empty() || areas_.count(std::string(area)) != 0;
}

void Examination::add(const Check& check, Verdict verdict, std::string subject,
                      std::string evidence, std::string remedy) {
  if (!wants(check.area())) return;
  findings_.push_back(
      {&check, verdict, std::move(subject), std::move(evidence), std::move(remedy)});
}

void Examination::ok(const Check& check, std::string subject, std::string evidence) {
  add(check, Verdict::ok, std::move(subject), std::move(evidence), {});
}

void Examination::failed(const Check& check, std::string subject, const Error& error,
                         const std::string& otherwise) {
  Parted parted = part(error.message());
  if (parted.remedy.empty()) parted.remedy = otherwise;
  add(check, Verdict::failed, std::move(subject), std::move(parted.evidence),
      std::move(parted.remedy));
}

Verdict Examination::worst() const {
  Verdict worst = Verdict::ok;
  for (const Finding& one : findings_) {
    if (one.verdict != Verdict::unknown) worst = std::max(worst, one.verdict);
  }
  return worst;
}

std::vector<std::string> all_areas() {
  std::vector<std::string> areas;
  for (const Check* check : kChecks) {
    const std::string area(check->area());
    if (std::find(areas.begin(), areas.end(), area) == areas.end()) areas.push_back(area);
  }
  return areas;
}

}  // namespace certconnector::doctor
