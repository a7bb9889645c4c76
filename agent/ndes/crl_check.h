// Whether a certificate of an NDES's CA is revoked, by CRLs: those at http addresses that the
// certificate names, of hosts that the configuration names; then those of crl_url and crl_file. A
// CRL that names delta CRLs counts with one of them alone. RFC 5280 section 6.3.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/enrollment/revocation_check.h"
#include "agent/ndes/crl_shelf.h"
#include "common/runtime/worker_pool.h"

namespace certconnector::ndes {

struct CrlSources {
  std::vector<std::pair<std::string, std::uint16_t>> hosts;  // in lower case, and the port
  std::string url;                                           // http; empty: none
  std::string file;                                          // empty: none
  bool deltas = true;  // false: full CRLs alone, also where they name delta CRLs
};

struct CrlCheckParts {
  runtime::WorkerPool& pool;  // whose threads fetch
  const Clock& clock;
  log::Logger& logger;
};

class CrlCheck final : public enrollment::RevocationCheck {
 public:
  // All of `parts` outlive it. `shelf`: of the CA; never null.
  CrlCheck(CrlSources sources, std::shared_ptr<CrlShelf> shelf, const CrlCheckParts& parts);

  [[nodiscard]] std::optional<enrollment::RevocationAnswer> check(
      const crypto::Certificate& certificate, Timestamp now, bool may_wait) override;
  [[nodiscard]] bool post(Task task) override;

  // Why the last certificate that asked could not be checked, or none can be; nothing: it was.
  [[nodiscard]] std::optional<std::string> trouble() const;
  // Reads `file` of the sources anew, unless it was read a moment ago. Asks no server.
  void look(Timestamp now);

 private:
  void note(const std::optional<enrollment::RevocationAnswer>& answer);

  const CrlSources sources_;
  const CrlCheckParts parts_;
  const std::shared_ptr<CrlShelf> shelf_;
  mutable std::mutex mutex_;
  std::optional<std::string> trouble_;
  std::optional<std::string> file_trouble_;  // of the last look()
  Timestamp looked_;                         // Clock::now()
};

}  // namespace certconnector::ndes
