#include "agent/store/sqlite/salvage.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "agent/app/ca_backends.h"
#include "agent/app/database_bonds.h"
#include "agent/app/load_configuration.h"
#include "agent/app/published_crl.h"
#include "agent/app/run.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/paths.h"
#include "common/text/hex.h"
#include "common/time/clock.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxCaFile = std::size_t{256} * 1024 * 1024;  // the largest is a CRL
constexpr std::chrono::seconds kReportEvery{5};

int complain(const Error& error) {
  std::cerr << "certconnectord: " << error.message() << "\n";
  return exit_code(error, kDamaged);
}

// To standard error, now and then.
class ProgressLine {
 public:
  Status operator()(const store::SalvageProgress& progress) {
    const Timestamp now = clock_.now();
    if (last_ && now - *last_ < kReportEvery) return {};
    if (last_) print(progress);
    last_ = now;
    return {};
  }

 private:
  static void print(const store::SalvageProgress& progress) {
    std::cerr << "certconnectord: salvage: " << progress.step << " " << progress.done;
    if (progress.total != 0) std::cerr << " of " << progress.total;
    std::cerr << "\n";
  }

  SystemClock clock_;
  std::optional<Timestamp> last_;
};

// The CA's certificate and CRL, where they can be read.
std::optional<store::SalvageCa> read_ca(const config::CaSettings& settings) {
  const ca::Backend* backend = ca::find_backend(ca_backends(), settings.backend);
  if (backend == nullptr) return std::nullopt;
  std::string certificate_pem;
  std::string crl;
  for (const ca::CaFile& file : backend->files_to_back_up(*settings.options)) {
    if (file.secret || file.path.empty()) continue;
    auto contents = platform::read_file(file.path, kMaxCaFile);
    if (!contents.ok()) continue;
    if (file.name == "certificate.pem") certificate_pem = std::move(*contents);
    if (file.name == "ca.crl") crl = std::move(*contents);
  }
  const auto certificate = crypto::Certificate::from_pem(certificate_pem);
  if (!certificate.ok()) return std::nullopt;
  store::SalvageCa ca{
      text::to_hex(crypto::view(certificate->sha256())), certificate->subject(), {}};
  if (auto published = read_published_crl(as_bytes(crl), *certificate)) {
    ca.crl = std::move(*published);
  } else if (!crl.empty()) {
    std::cerr << "certconnectord: the CRL of CA " << settings.name
              << " cannot be read; the salvage goes on without it\n";
  }
  return ca;
}

// Names were read from a damaged file.
std::string printable(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return name;
}

void print_count(const store::SalvageCount& count) {
  std::cout << "  " << count.kind << ": " << count.copied << " came over, ";
  if (count.lost == 0)
    std::cout << (count.more_lost ? "an unknown number is lost" : "none is lost");
  if (count.lost != 0) std::cout << count.lost << (count.more_lost ? " or more" : "") << " lost";
  std::cout << "\n";
  for (const std::string& name : count.names) std::cout << "    lost: " << printable(name) << "\n";
  if (count.names.size() < count.lost && !count.names.empty()) std::cout << "    ...\n";
}

void print(const store::SalvageReport& report, const std::string& state_dir) {
  std::cout << "Salvage into " << platform::join_path(state_dir, "agent.db") << ":\n";
  for (const store::SalvageCount& count : report.counts) print_count(count);
  for (const std::string& note : report.notes) std::cout << note << ".\n";
  for (const std::string& path : report.damaged) {
    std::cout << "The file from before is " << path << ". Keep it until you know what was lost.\n";
  }
  std::cout
      << (report.complete() ? "Nothing is lost.\n"
                            : "Compare with the last backup: it may hold what is lost here.\n")
      << "The new file belongs to the user who ran this. If that is not the agent's user, give "
         "it to that: chown -R certconnector: "
      << state_dir << "\n"
      << "Next:\n  systemctl start certconnectord\n  certconnector status\n";
}

}  // namespace

int salvage(const RunOptions& options) {
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) {
    std::cerr << "certconnectord: " << settings.error().message();
    return kConfiguration;
  }
  // Held until the end: no agent may start on half-replaced files.
  const auto lock = platform::InstanceLock::take(settings->agent.state_dir);
  if (!lock.ok()) return complain(lock.error());
  ProgressLine progress;
  store::SalvageOptions wanted;
  wanted.state_dir = settings->agent.state_dir;
  wanted.now = SystemClock().wall();
  wanted.report = [&progress](const store::SalvageProgress& step) { return progress(step); };
  for (const config::CaSettings& ca : settings->cas) {
    if (auto known = read_ca(ca)) wanted.cas.push_back(std::move(*known));
  }
  const auto report = store::salvage(wanted);
  if (!report.ok()) return complain(report.error());
  const Status forgotten = forget_databases_of_cas(*settings, ca_backends());
  if (!forgotten.ok()) return complain(forgotten.error());
  print(*report, settings->agent.state_dir);
  return report->complete() ? kOk : kLost;
}

}  // namespace certconnector::app
