// Sends what another program knew of a CA to the agent: CRLs, folders of certificates, an index of
// `openssl ca`. Files are read with the rights of the caller, piece by piece.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/cli/session.h"
#include "common/result/result.h"
#include "proto/control/earlier_messages.h"

namespace certconnector::cli {

class EarlierUpload {
 public:
  // `certificate_pem`: of a CA that is not set up yet; empty: the agent has it.
  EarlierUpload(Session& session, std::string ca, std::string certificate_pem)
      : session_(session), ca_(std::move(ca)), certificate_pem_(std::move(certificate_pem)) {}

  // Each says why it failed: a file, or the agent's answer. The agent keeps all that it got before.
  [[nodiscard]] Status send_crl(const std::string& file);
  // The CA was in use elsewhere, and that is all.
  [[nodiscard]] Status send_nothing();
  // A folder or an index.
  [[nodiscard]] Status send_issued(const std::string& path);

  // Whether a CRL or an index has told the revocations.
  [[nodiscard]] bool revocations_told() const { return revocations_told_; }
  // Sums of all answers. Notes and refused certificates name their file.
  [[nodiscard]] const control_proto::CaEarlierResult& revocations() const { return revocations_; }
  [[nodiscard]] const control_proto::CaEarlierResult& certificates() const { return certificates_; }
  [[nodiscard]] std::uint64_t without_file() const { return without_file_; }
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

 private:
  [[nodiscard]] Result<control_proto::CaEarlierResult> send(
      control_proto::CaEarlierArguments arguments);
  [[nodiscard]] Status send_folder(const std::string& folder);
  [[nodiscard]] Status send_index(const std::string& file);
  [[nodiscard]] Status take_line(const std::string& line, const std::vector<std::string>& folders);
  [[nodiscard]] Status add_file(const std::string& file);
  [[nodiscard]] Status add_certificate(const std::string& der, const std::string& file);
  [[nodiscard]] Status flush_certificates();
  [[nodiscard]] Status flush_revocations();
  void show_progress(std::uint64_t& next, std::uint64_t count, const char* of);

  Session& session_;
  const std::string ca_;
  const std::string certificate_pem_;
  control_proto::CaEarlierResult revocations_;
  control_proto::CaEarlierResult certificates_;
  bool revocations_told_ = false;
  std::uint64_t without_file_ = 0;  // valid ones of an index, of which there is no certificate
  std::uint64_t passed_over_ = 0;   // files without a certificate
  std::uint64_t sent_ = 0;
  std::uint64_t next_progress_ = 0;
  // The next message, which is not full yet.
  control_proto::CaEarlierArguments batch_;
  std::vector<std::string> files_;  // of the certificates in it
  std::size_t octets_ = 0;
};

}  // namespace certconnector::cli
