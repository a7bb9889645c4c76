// What tells of a state that went further than a backup, and the words for what is lost with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/app/backup_manifest.h"
#include "agent/config/settings.h"
#include "agent/store/sqlite/restored_database.h"

namespace certconnector::app {

struct NewerEvidence {
  // With the highest CRL number that a CRL or the CA's tie to its database names.
  std::vector<store::SalvageCa> cas;
  std::vector<std::string> signs;  // clauses: "CA default has published CRL number 7"
};

// From the files in place. `backup`: names a CA whose certificate is not in place.
[[nodiscard]] NewerEvidence find_evidence(const config::Settings& settings,
                                          const std::string& backup);

// Sentences on what the restore did, and on what is lost or may be.
[[nodiscard]] std::vector<std::string> notes_on(const store::RestoredDatabase& restored,
                                                const BackupManifest& manifest);

// Error loss_not_accepted, permanent.
[[nodiscard]] Error loss_not_accepted(const std::vector<std::string>& signs,
                                      const std::vector<std::string>& notes);

}  // namespace certconnector::app
