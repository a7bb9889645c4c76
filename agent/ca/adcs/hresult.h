// The meaning of an HRESULT of AD CS for a job: winerror.h, MS-WCCE and MS-CSRA, as Microsoft
// documents them for ICertRequest2, ICertAdmin and ICertView.
#pragma once

#include <cstdint>
#include <string>

#include "common/result/error.h"

namespace certconnector::ca {

using Hresult = std::uint32_t;

enum class AdcsErrc {
  unreachable,       // transient: the CA was not reached, or cannot work now; it took nothing
  in_doubt,          // transient: the CA may have taken the call
  not_configured,    // transient for the job: a person has to change something at the CA or here
  refused,           // denied: final for this request
  nothing_there,     // permanent: the CA has no such request, certificate or row
  component_missing  // permanent: a COM class of AD CS is not registered on this machine
};

[[nodiscard]] ErrorCode error_code(AdcsErrc errc);

namespace hresult {
inline constexpr Hresult kOk = 0;
inline constexpr Hresult kAccessDenied = 0x80070005;
inline constexpr Hresult kCallFailed = 0x800706BE;         // RPC_S_CALL_FAILED
inline constexpr Hresult kServerUnavailable = 0x800706BA;  // RPC_S_SERVER_UNAVAILABLE
inline constexpr Hresult kTimeout = 0x8001011F;            // RPC_E_TIMEOUT
inline constexpr Hresult kClassNotRegistered = 0x80040154;
inline constexpr Hresult kBadSubject = 0x80094001;
inline constexpr Hresult kNoRequest = 0x80094002;
inline constexpr Hresult kPropertyEmpty = 0x80094004;
inline constexpr Hresult kEnrollDenied = 0x80094011;
inline constexpr Hresult kUnsupportedTemplate = 0x80094800;
}  // namespace hresult

// The class of a failure. One that Microsoft does not list for AD CS is in_doubt: who submitted
// looks for the request before anything else.
[[nodiscard]] AdcsErrc class_of(Hresult result);

// "0x80094800 (the CA does not offer this template)"; without words for one that is not in the
// list.
[[nodiscard]] std::string to_text(Hresult result);

// `doing`: a clause, "submitting the request". The message names the HRESULT, and what a person
// does where one has to.
[[nodiscard]] Error adcs_error(Hresult result, const std::string& doing);

}  // namespace certconnector::ca
