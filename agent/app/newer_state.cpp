#include "agent/app/newer_state.h"

#include <algorithm>
#include <utility>

#include "agent/app/ca_backends.h"
#include "agent/app/errors.h"
#include "agent/app/known_cas.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "common/crypto/certificate.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxCertificate = std::size_t{256} * 1024;

// The CA as the backup names it.
std::optional<store::SalvageCa> ca_in_backup(const std::string& backup, const std::string& name) {
  const auto pem = platform::read_file(
      platform::join_path(backup, "ca/" + name + "/certificate.pem"), kMaxCertificate);
  if (!pem.ok()) return std::nullopt;
  const auto certificate = crypto::Certificate::from_pem(*pem);
  if (!certificate.ok()) return std::nullopt;
  return store::SalvageCa{
      text::to_hex(crypto::view(certificate->sha256())), certificate->subject(), {}};
}

class Search {
 public:
  explicit Search(std::string backup) : backup_(std::move(backup)) {}

  NewerEvidence run(const config::Settings& settings) {
    std::vector<std::string> unreadable;
    for (const config::CaSettings& ca : settings.cas) {
      config::Settings alone;
      alone.cas.push_back(ca);
      auto known = read_known_cas(alone, unreadable);
      look_at(ca, known.empty() ? std::nullopt : std::make_optional(std::move(known.front())));
    }
    for (const std::string& name : unreadable) {
      evidence_.signs.push_back("there is a CRL of CA " + name + ", which cannot be read");
    }
    return std::move(evidence_);
  }

 private:
  void look_at(const config::CaSettings& settings, std::optional<store::SalvageCa> known) {
    const ca::Backend* backend = ca::find_backend(ca_backends(), settings.backend);
    if (backend == nullptr || backend->issued_with == nullptr) return;
    const ca::IssuedWith tie = backend->issued_with(*settings.options);
    const std::uint64_t published = known ? known->crl.number : 0;
    if (!tie.file.empty()) {
      add_sign("CA " + settings.name + " has issued with a database (" + tie.file + ")",
               tie.crl_number);
    }
    if (published != 0) add_sign("there is a CRL of CA " + settings.name, published);
    if (!known) known = ca_in_backup(backup_, settings.name);
    if (!known) return;
    known->issued_crl = tie.crl_number;
    evidence_.cas.push_back(std::move(*known));
  }

  void add_sign(std::string sign, std::uint64_t number) {
    if (number != 0) sign += ", CRL number " + std::to_string(number);
    evidence_.signs.push_back(std::move(sign));
  }

  std::string backup_;
  NewerEvidence evidence_;
};

std::string count_of(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what;
}

void add_losses(std::vector<std::string>& notes, const store::RestoredDatabase& restored,
                const BackupManifest& manifest) {
  const std::string since = to_rfc3339(restored.lost.known_until);
  notes.push_back(
      (manifest.made_at
           ? "The backup was made at " + since
           : "The backup is by release 0.1.0, and its last certificate is of " + since) +
      ". If the agent worked after that, what it did since is lost");
  notes.emplace_back(
      "Certificates issued since are unknown. They can be revoked by their serial numbers, with "
      "--ca; "
      "their renewals count as first requests");
  notes.push_back("Revocations made since count no more, unless a CRL that is here has them: " +
                  count_of(restored.lost.published_revocations, "came from there") +
                  ". Compare with the last CRL that was published elsewhere, and revoke again");
  notes.push_back(
      "Challenges used or withdrawn since would count again: " +
      count_of(restored.lost.withdrawn_challenges, "open one-time challenges are withdrawn") +
      ". Withdraw signed challenges that must not count: `certconnector challenge "
      "revoke KEY:ID`");
  notes.push_back(
      "Jobs acknowledged since are lost; the endpoint offers those that it has no "
      "result of again when their leases end. " +
      count_of(restored.lost.unfinished_jobs, "unfinished jobs of the backup") +
      " are first asked about at their CAs");
}

void add_salvaged(std::vector<std::string>& notes, const store::SalvageReport& salvage) {
  for (const store::SalvageCount& count : salvage.counts) {
    if (count.lost == 0 && !count.more_lost) continue;
    notes.push_back("The newer state has lost " +
                    (count.lost == 0
                         ? std::string("an unknown number of")
                         : std::to_string(count.lost) + (count.more_lost ? " or more" : "")) +
                    " " + count.kind + "; those that the backup has came from there");
  }
  for (const std::string& note : salvage.notes) notes.push_back(note);
}

}  // namespace

NewerEvidence find_evidence(const config::Settings& settings, const std::string& backup) {
  return Search(backup).run(settings);
}

std::vector<std::string> notes_on(const store::RestoredDatabase& restored,
                                  const BackupManifest& manifest) {
  std::vector<std::string> notes;
  switch (restored.newer) {
    case store::NewerState::none:
    case store::NewerState::unreadable:
      add_losses(notes, restored, manifest);
      break;
    case store::NewerState::damaged:
      notes.emplace_back("The newer state was damaged; what could be read of it stands");
      if (restored.salvage) add_salvaged(notes, *restored.salvage);
      break;
    case store::NewerState::behind:
      notes.emplace_back(
          "The newer state was whole, but a CA has issued with a later one or with another "
          "database; what it knows stands");
      add_losses(notes, restored, manifest);
      break;
    case store::NewerState::sound:
      notes.emplace_back("The newer state was whole; what it knows stands");
      break;
    case store::NewerState::complete:
      notes.emplace_back("The newer state was whole and has all that the backup has; it stands");
      break;
  }
  for (const auto& [ca, number] : restored.lost.crl_numbers) {
    notes.push_back("CRL numbers of the CA " + ca.substr(0, 16) + "... go on after " +
                    std::to_string(number));
  }
  return notes;
}

Error loss_not_accepted(const std::vector<std::string>& signs,
                        const std::vector<std::string>& notes) {
  std::string text = "the state that went further than the backup is gone:";
  for (const std::string& sign : signs) text += "\n  " + sign;
  for (const std::string& note : notes) text += "\n" + note + ".";
  text +=
      "\nNothing was changed. Look for the newest agent.db first. To go on without it, give "
      "--accept-loss";
  return {AppErrc::loss_not_accepted, ErrorKind::permanent, text};
}

}  // namespace certconnector::app
