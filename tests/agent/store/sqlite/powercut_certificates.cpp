#include <map>
#include <optional>
#include <random>

#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "common/crypto/digest.h"
#include "tests/agent/store/sqlite/lossy_vfs.h"
#include "tests/agent/store/sqlite/powercut.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::store {

using stored_jobs::at;
using stored_jobs::issued;
using stored_jobs::kCa;
namespace {

constexpr char kPath[] = "agent.db";

core::CertificateEntry certificate(std::uint64_t number) {
  const std::string name = "certificate " + std::to_string(number);
  const crypto::Sha256 digest = crypto::sha256(as_bytes(name));
  core::CertificateEntry entry;
  std::copy_n(digest.begin(), entry.key.size(), entry.key.begin());
  entry.template_name = "device";
  entry.certificate = issued(name).certificate;
  entry.certificate.serial = Bytes(digest.begin() + 16, digest.end());
  return entry;
}

// All that the certificate store says.
struct Model {
  std::uint64_t certificates = 0;         // those with the numbers below are recorded
  std::map<std::uint64_t, bool> revoked;  // by number
  std::uint64_t generation = 0;
  std::uint64_t crl_number = 0;  // of the last one saved

  friend bool operator==(const Model& a, const Model& b) {
    return a.certificates == b.certificates && a.revoked == b.revoked &&
           a.generation == b.generation && a.crl_number == b.crl_number;
  }
};

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed)
      : random_(seed), disk_("lossy-certificates-" + std::to_string(seed), seed) {}

  PowercutReport run() {
    constexpr int kLives = 6;
    for (int life = 0; life < kLives && report_.violations.empty(); ++life) {
      live();
      disk_.restore_power();
      ++report_.cuts;
    }
    return report_;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  void violation(const std::string& what) { report_.violations.push_back(what); }
  void close() {
    certificate_store_.reset();
    file_.reset();
  }

  void live() {
    AgentDatabaseOptions options;
    options.path = kPath;
    options.vfs = disk_.name();
    auto opened = AgentDatabase::open(options);
    if (!opened.ok()) return violation("does not open: " + opened.error().message());
    file_ = std::move(opened).value();
    certificate_store_.emplace(*file_);
    compare();
    if (const std::string words = integrity(kPath, disk_.name()); words != "ok") violation(words);
    if (report_.violations.empty()) {
      disk_.cut_after(1 + below(300));
      while (step()) ++report_.calls;
      if (!disk_.is_off()) close();
    }
    disk_.cut_now();
    close();
  }

  bool step() {
    after_ = model_;
    bool ok = false;
    switch (below(6)) {
      case 0:
      case 1:
        ok = record();
        break;
      case 2:
      case 3:
        ok = revoke();
        break;
      case 4:
        ok = crl();
        break;
      default:
        checkpoint(kPath, disk_.name());
        ok = !disk_.is_off() && below(40) != 0;
        break;
    }
    if (ok) model_ = after_;
    return ok;
  }

  bool failed(const char* what, const Error& error) {
    if (!disk_.is_off()) violation(std::string(what) + ": " + error.message());
    return false;
  }

  bool record() {
    std::vector<core::CertificateEntry> entries;
    const std::uint64_t count = below(20) == 0 ? 500 : 1 + below(30);
    for (std::uint64_t i = 0; i < count; ++i) entries.push_back(certificate(after_.certificates++));
    const auto recorded = certificate_store_->record(kCa, entries, at(0));
    return recorded.ok() || failed("record", recorded.error());
  }

  bool revoke() {
    if (model_.certificates == 0) return true;
    std::vector<core::RevokeEntry> entries;
    bool changed = false;
    for (std::uint64_t i = 0; i <= below(4); ++i) {
      const std::uint64_t number = below(model_.certificates);
      core::RevokeEntry entry;
      entry.id.serial = certificate(number).certificate.serial;
      entry.revocation = {at(1), core::RevocationReason::key_compromise, {}};
      entries.push_back(std::move(entry));
      changed = !std::exchange(after_.revoked[number], true) || changed;
    }
    if (changed) ++after_.generation;
    const auto revoked = certificate_store_->revoke(kCa, entries, at(1));
    return revoked.ok() || failed("revoke", revoked.error());
  }

  bool crl() {
    const auto number = certificate_store_->take_crl_number(kCa, 1);
    if (!number.ok()) return failed("take_crl_number", number.error());
    if (*number <= last_crl_number_) violation("a CRL number was used twice");
    last_crl_number_ = *number;
    after_.crl_number = *number;
    const Status saved = certificate_store_->save_crl(kCa, {*number, at(1), at(2), 3});
    return saved.ok() || failed("save_crl", saved.error());
  }

  void compare() {
    const auto found = read();
    if (!found) return;
    if (!(*found == model_) && !(*found == after_)) violation("a call is lost or stands in part");
    model_ = *found;
    after_ = *found;
  }

  std::optional<Model> read() {
    Model found;
    const auto count = certificate_store_->count(kCa);
    const auto generation = certificate_store_->revocation_generation(kCa);
    const auto crl = certificate_store_->crl(kCa);
    if (!count.ok() || !generation.ok() || !crl.ok()) {
      violation("cannot be read");
      return std::nullopt;
    }
    found.certificates = *count;
    found.generation = *generation;
    found.crl_number = crl->has_value() ? (*crl)->number : 0;
    std::map<Bytes, std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < *count; ++i) {
      const core::CertificateEntry entry = certificate(i);
      const auto there = certificate_store_->find(kCa, {entry.key});
      if (!there.ok() || !there->front())
        violation("certificate " + std::to_string(i) + " is lost");
      numbers.emplace(entry.certificate.serial, i);
    }
    const Status visited = certificate_store_->for_each_revoked(
        kCa, at(0),
        [&](const core::RevokedSerial& entry) { found.revoked[numbers[entry.serial]] = true; });
    if (!visited.ok()) violation("revocations cannot be read: " + visited.error().message());
    return found;
  }

  std::mt19937_64 random_;
  LossyDisk disk_;
  std::unique_ptr<AgentDatabase> file_;
  std::optional<SqliteCertificateStore> certificate_store_;
  PowercutReport report_;
  Model model_;  // after the last call that returned
  Model after_;  // if the call that was cut off stands
  std::uint64_t last_crl_number_ = 0;
};

}  // namespace

PowercutReport cut_certificates(std::uint64_t seed) { return Campaign(seed).run(); }

}  // namespace certconnector::store
