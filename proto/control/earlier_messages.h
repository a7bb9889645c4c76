// Messages about what another program knew of a CA, before the agent had the CA.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace certconnector::control_proto {

inline constexpr std::uint64_t kMaxEarlier = 500;  // certificates or revocations in one message
inline constexpr std::uint64_t kMaxCrl = std::uint64_t{64} * 1024 * 1024;     // octets of DER
inline constexpr std::uint64_t kMaxCrlPart = std::uint64_t{2} * 1024 * 1024;  // in one message

struct EarlierRevocation {
  std::string serial;  // hexadecimal
  Timestamp revoked_at;
  std::string reason;  // RFC 5280's name
  std::optional<Timestamp> not_after;
  std::optional<Timestamp> invalidity_date;
};

// Certificates, revocations, or the next part of a CRL.
struct CaEarlierArguments {
  std::string name;
  std::string certificate_pem;            // of a CA that is not set up yet
  std::vector<std::string> certificates;  // base64 DER
  std::vector<EarlierRevocation> revocations;
  std::string crl;         // base64 of a part of its DER
  std::string crl_upload;  // the same for all parts of a CRL, chosen by the sender
  std::uint64_t crl_offset = 0;
  std::uint64_t crl_size = 0;  // of all parts
};

struct EarlierRefused {
  std::uint64_t index = 0;  // of the certificate in the arguments
  std::string why;
};

struct CaEarlierResult {
  std::string name;
  std::uint64_t added = 0;
  std::uint64_t known = 0;    // before
  std::uint64_t expired = 0;  // certificates, which the agent leaves out
  std::vector<EarlierRefused> refused;
  std::vector<std::string> notes;
  std::vector<std::string> crl_addresses;  // that the certificates name
};

// The sum of these answers, for --json of `ca import` and `ca adopt`. The CLI makes it.
struct TakenPast {
  std::uint64_t revocations_added = 0;
  std::uint64_t revocations_known = 0;
  std::uint64_t certificates_added = 0;
  std::uint64_t certificates_known = 0;
  std::uint64_t certificates_expired = 0;  // left out
  std::vector<std::string> refused;        // a sentence for each certificate, with its file
  std::uint64_t without_certificate = 0;   // files
  std::uint64_t without_file = 0;          // valid certificates that only the index has
  std::vector<std::string> notes;
};

}  // namespace certconnector::control_proto
