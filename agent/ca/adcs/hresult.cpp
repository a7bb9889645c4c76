#include "agent/ca/adcs/hresult.h"

#include <algorithm>
#include <array>

#include "common/text/bytes.h"
#include "common/text/hex.h"

namespace certconnector::ca {
namespace {

struct Row {
  Hresult result;
  AdcsErrc errc;
  const char* meaning;
  const char* remedy = "";  // a clause
};

constexpr AdcsErrc kUnreachable = AdcsErrc::unreachable;
constexpr AdcsErrc kInDoubt = AdcsErrc::in_doubt;
constexpr AdcsErrc kNotConfigured = AdcsErrc::not_configured;
constexpr AdcsErrc kRefused = AdcsErrc::refused;
constexpr AdcsErrc kNothingThere = AdcsErrc::nothing_there;
constexpr AdcsErrc kComponentMissing = AdcsErrc::component_missing;

constexpr char kGrant[] =
    "give the agent's account what it needs: Read and Enroll on the template, Request Certificates "
    "at the CA, and Issue and Manage Certificates for revocation; a service account of Windows "
    "goes "
    "to the CA as the computer";
constexpr char kPublish[] =
    "publish the template at this CA, and name it by its name, not its display name";
constexpr char kName[] = "see that config_string is HOST\\CA name, as certutil -dump shows it";

constexpr std::array kRows{
    Row{0x800706BA, kUnreachable, "the RPC server is unavailable",
        "see that the CA's computer and its service CertSvc run, and that firewalls let RPC "
        "through"},
    Row{0x800706BB, kUnreachable, "the RPC server is too busy"},
    Row{0x800706BF, kUnreachable, "the remote call failed and did not execute"},
    Row{0x800706D9, kUnreachable, "the RPC endpoint mapper knows no such endpoint",
        "see that the service CertSvc runs at the CA"},
    Row{0x80070721, kUnreachable, "a security package failed",
        "see that this machine reaches a domain controller"},
    Row{0x80080005, kUnreachable, "the COM server could not be started"},
    Row{0x80094006, kUnreachable, "the CA is suspended for a restore of its database"},
    Row{0x8009400F, kUnreachable, "the CA's database has no session left"},
    Row{0x80094015, kUnreachable, "the CA's policy server cannot be contacted"},
    Row{0x80070422, kUnreachable, "the service is disabled"},
    Row{0x8007045B, kUnreachable, "the computer shuts down"},
    Row{0x80092013, kUnreachable,
        "the CA cannot check its own chain: a revocation server is offline",
        "see that the CA reaches the CRLs of its issuers"},
    Row{0x8007054B, kUnreachable, "the domain cannot be contacted"},
    Row{0x80070008, kUnreachable, "there is not enough memory"},
    Row{0x8007000E, kUnreachable, "there is not enough memory"},
    Row{0x800706BE, kInDoubt, "the remote call failed"},
    Row{0x80010108, kInDoubt, "the COM object was disconnected"},
    Row{0x8001011F, kInDoubt, "the call was not answered in time"},
    Row{0x80070005, kNotConfigured, "access is denied", kGrant},
    Row{0x80094011, kNotConfigured, "the CA's permissions do not let this account request", kGrant},
    Row{0x80094012, kNotConfigured, "the template's permissions do not let this account enroll",
        kGrant},
    Row{0x80094800, kNotConfigured, "the CA does not offer this template", kPublish},
    Row{0x80094008, kNotConfigured,
        "the CA wants its roles separated, and this account has several", kGrant},
    Row{0x80094009, kNotConfigured, "this account may not manage this requester's certificates",
        "see the CA's Certificate Managers"},
    Row{0x80070057, kNotConfigured, "a parameter is wrong", kName},
    Row{0x80070002, kNotConfigured, "there is no such CA", kName},
    Row{0x80094001, kRefused, "the request's subject is wrong or too long"},
    Row{0x80094803, kRefused, "the request's alternative name is wrong"},
    Row{0x80094804, kRefused, "the CA has no archived key for the request"},
    Row{0x80094805, kRefused, "a symmetric algorithm is not supported"},
    Row{0x80094807, kRefused, "the request has no S/MIME capabilities"},
    Row{0x80094808, kRefused, "the request wants a signature of an enrollment agent"},
    Row{0x80094809, kRefused, "the signature on the request lacks a policy"},
    Row{0x8009480A, kRefused, "the request wants more signatures"},
    Row{0x8009480B, kRefused, "a signature on the request has the wrong policy"},
    Row{0x8009480D, kRefused, "a key archive is required"},
    Row{0x8009480E, kRefused, "a policy is required"},
    Row{0x8009480F, kRefused, "a DNS name of the domain is required"},
    Row{0x80094810, kRefused, "a UPN of the domain is required"},
    Row{0x80094811, kRefused, "the key is shorter than the template asks for"},
    Row{0x80094812, kRefused, "an e-mail address is required"},
    Row{0x80094014, kRefused, "a manager of the CA denied the request"},
    Row{0x80094821, kRefused, "a security identifier is required"},
    Row{0x800B0114, kRefused, "a name constraint of the CA forbids the name"},
    Row{0x80094002, kNothingThere, "the CA has no such request"},
    Row{0x80094003, kNothingThere, "the request is in another state"},
    Row{0x80094004, kNothingThere, "there is no such entry"},
    Row{0x80040154, kComponentMissing, "a COM class is not registered",
        "install the feature RSAT-ADCS-Mgmt on this machine"},
};

const Row* row_of(Hresult result) {
  const auto* found = std::find_if(kRows.begin(), kRows.end(),
                                   [&](const Row& row) { return row.result == result; });
  return found == kRows.end() ? nullptr : found;
}

ErrorKind kind_of(AdcsErrc errc) {
  switch (errc) {
    case AdcsErrc::refused:
      return ErrorKind::denied;
    case AdcsErrc::nothing_there:
    case AdcsErrc::component_missing:
      return ErrorKind::permanent;
    default:
      return ErrorKind::transient;
  }
}

}  // namespace

ErrorCode error_code(AdcsErrc errc) {
  switch (errc) {
    case AdcsErrc::unreachable:
      return {"adcs", "unreachable"};
    case AdcsErrc::in_doubt:
      return {"adcs", "in_doubt"};
    case AdcsErrc::not_configured:
      return {"adcs", "not_configured"};
    case AdcsErrc::refused:
      return {"adcs", "refused"};
    case AdcsErrc::nothing_there:
      return {"adcs", "nothing_there"};
    case AdcsErrc::component_missing:
      return {"adcs", "component_missing"};
  }
  return {"adcs", "unknown"};
}

AdcsErrc class_of(Hresult result) {
  const Row* row = row_of(result);
  return row == nullptr ? AdcsErrc::in_doubt : row->errc;
}

std::string to_text(Hresult result) {
  constexpr unsigned kOctet = 8;
  Bytes octets;
  for (unsigned shift = 4 * kOctet; shift > 0; shift -= kOctet) {
    octets.push_back(static_cast<std::uint8_t>(result >> (shift - kOctet)));
  }
  const Row* row = row_of(result);
  std::string text = "0x" + text::to_hex(octets);
  return row == nullptr ? text : text + " (" + row->meaning + ")";
}

Error adcs_error(Hresult result, const std::string& doing) {
  const Row* row = row_of(result);
  const AdcsErrc errc = class_of(result);
  std::string message = doing + ": " + to_text(result);
  if (row != nullptr && *row->remedy != '\0') message += std::string("; ") + row->remedy;
  return {errc, kind_of(errc), message};
}

}  // namespace certconnector::ca
