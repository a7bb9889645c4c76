// The messages between the policy module of an NDES and the NDES service of the agent, as
// openapi.yaml in this folder defines them. Values only. The three requests are those of
// INDESPolicy: GenerateChallenge, VerifyRequest and Notify.
//
// The path of a request names the version of the protocol: kBasePath, "v", a number, "/" and the
// operation. The agent serves each version from kOldestVersion to kNewestVersion alike.
//
//   1  of 0.1.0
//   2  a notification may name its challenge by challenge_sha256
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::registration_wire {

inline constexpr std::string_view kBasePath = "/CertificateRegistrationSvc/";
inline constexpr unsigned kOldestVersion = 1;
inline constexpr unsigned kNewestVersion = 2;
inline constexpr unsigned kDigestVersion = 2;  // since then there is challenge_sha256

inline constexpr std::size_t kMaxAnswer = std::size_t{64} * 1024;  // octets, of an answer
inline constexpr std::size_t kMaxBody = std::size_t{256} * 1024;   // octets, of a request
inline constexpr std::size_t kMaxPkcs10 = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxCertificate = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxTemplate = 256;       // octets of UTF-8
inline constexpr std::size_t kMaxTransactionId = 255;  // characters, all of them printable ASCII
inline constexpr std::size_t kMaxChallenge = 8192;     // octets of UTF-8
inline constexpr std::size_t kMaxParameters = 4096;

struct ChallengeRequest {
  std::string template_name;
  std::string parameters;  // may be empty
};

struct VerifyRequest {
  Bytes pkcs10;               // DER by its claim; holds the challenge, a secret
  Bytes signing_certificate;  // of a renewal; else empty
  std::string template_name;
  std::string transaction_id;
};

// Why a request is not verified; code and HRESULT are those of agent/core/failure_codes.h.
struct Denied {
  std::string code;
  std::int32_t hresult = 0;
  std::string message;
};

struct VerifyAnswer {
  bool verified = false;
  Denied denied;  // unless verified
};

enum class Disposition { success, failure, pending, pending_challenge, unknown };

struct Notification {
  std::string challenge;   // as the request carried it; empty: none. A secret.
  Bytes challenge_sha256;  // in place of it: the SHA-256 of its UTF-8; else empty
  std::string transaction_id;
  Disposition disposition = Disposition::unknown;
  std::int32_t hresult = 0;  // the CA's last one
  Bytes certificate;         // set with success, and only then
};

// The state of the enrollment after a notification.
enum class Standing { issued, failed, pending };

// RFC 9457.
struct Problem {
  unsigned status = 0;
  std::string code;  // stable snake_case
  std::string detail;
  std::vector<unsigned> versions;  // of unsupported_version: what the agent serves
};

}  // namespace certconnector::registration_wire
