#include "agent/doctor/report.h"

#include <iomanip>
#include <ostream>

#include "common/text/characters.h"
#include "proto/control/codec.h"

namespace certconnector::doctor {
namespace {

constexpr int kVerdictWidth = 9;
constexpr int kCheckWidth = 26;

std::size_t count(const Examination& examination, Verdict verdict) {
  std::size_t count = 0;
  for (const Finding& one : examination.findings()) count += one.verdict == verdict ? 1U : 0U;
  return count;
}

}  // namespace

void print(std::ostream& out, const Examination& examination) {
  for (const Finding& one : examination.findings()) {
    out << std::left << std::setw(kVerdictWidth) << to_string(one.verdict) << std::setw(kCheckWidth)
        << one.check->id;
    if (!one.subject.empty()) out << text::visible_text(one.subject) << ": ";
    out << text::visible_text(one.evidence) << '\n';
    if (!one.remedy.empty()) {
      out << std::string(kVerdictWidth, ' ') << "-> " << text::visible_text(one.remedy) << '\n';
    }
  }
  out << '\n'
      << count(examination, Verdict::ok) << " ok, " << count(examination, Verdict::warning)
      << " warnings, " << count(examination, Verdict::failed) << " failed, "
      << count(examination, Verdict::unknown) << " cannot be checked here\n";
}

void print_json(std::ostream& out, const Examination& examination) {
  control_proto::DoctorResult result;
  result.verdict = to_string(examination.worst());
  for (const Finding& one : examination.findings()) {
    result.checks.push_back({std::string(one.check->id), std::string(one.check->area()),
                             std::string(to_string(one.verdict)), one.subject, one.evidence,
                             one.remedy});
  }
  out << control_proto::document(result) << '\n';
}

}  // namespace certconnector::doctor
