#include "agent/ca/foreign_backend.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/chain_file.h"

namespace certconnector::ca {

core::CaPorts foreign_ports(const CaSection& section,
                            std::shared_ptr<core::CertificateAuthority> ca,
                            core::CertificateFinder* finder, Duration call_limit) {
  core::CaPorts ports;
  ports.ca = std::move(ca);
  ports.finder = finder;
  ports.in_doubt = section.in_doubt;
  ports.concurrency = section.concurrency;
  ports.batch = 1;
  ports.call_limit = call_limit;
  ports.foreign = true;
  return ports;
}

Result<std::vector<crypto::Certificate>> chain_for_use(const std::string& file) {
  CC_TRY_ASSIGN(auto chain, read_chain(file));
  if (chain) return *std::move(chain);
  return Error(CaErrc::unavailable, ErrorKind::transient,
               "there is no " + file + "; put the CA's certificate there");
}

Status keep_given(const GivenChain& given,
                  const Result<std::vector<crypto::Certificate>>& certificates,
                  const CaSection& section, log::Logger& log) {
  if (!certificates.ok()) return certificates.error().with_context(given.answer);
  const auto chain = keep_chain(given.file, *certificates);
  if (!chain.ok()) return chain.error().with_context(given.answer);
  log.info(
      "ca.certificate_fetched", given.told,
      {{"ca", section.name}, {"subject", chain->front().subject_text()}, {"file", given.file}});
  return {};
}

Error no_chain_given(const std::string& file, const Error& why, const char* remedy) {
  return {CaErrc::unavailable, ErrorKind::transient,
          "there is no " + file + ", and " + why.message() +
              "; put the CA's certificate there, or " + remedy};
}

std::vector<CaFile> backup_of_chain(const std::string& file) {
  return {{"certificate.pem", file, false}};
}

}  // namespace certconnector::ca
