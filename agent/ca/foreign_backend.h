// The common part of the descriptors of backends for other parties' CAs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/ca/backend.h"
#include "common/crypto/certificate.h"

namespace certconnector::ca {

// One request for each submission; the agent compares the CA's certificates with the requests.
// `finder`: owned by `ca`; null: it cannot find.
[[nodiscard]] core::CaPorts foreign_ports(const CaSection& section,
                                          std::shared_ptr<core::CertificateAuthority> ca,
                                          core::CertificateFinder* finder, Duration call_limit);

// That of certificate_file. Errors: read_chain()'s; unavailable where the file is missing.
[[nodiscard]] Result<std::vector<crypto::Certificate>> chain_for_use(const std::string& file);

// A chain that the CA gives where `file` is missing: from then on only the file counts.
// `answer`: a noun, for the errors; `told`: the sentence for the log.
struct GivenChain {
  const std::string& file;
  const char* answer;
  const char* told;
};
[[nodiscard]] Status keep_given(const GivenChain& given,
                                const Result<std::vector<crypto::Certificate>>& certificates,
                                const CaSection& section, log::Logger& log);
// The CA gives none. `remedy`: a clause.
[[nodiscard]] Error no_chain_given(const std::string& file, const Error& why, const char* remedy);

[[nodiscard]] std::vector<CaFile> backup_of_chain(const std::string& file);

}  // namespace certconnector::ca
