// The port to the services of one AD CS CA, in the terms of ICertRequest2, ICertAdmin and
// ICertView.
//
// Thread-safe. A call ends at its deadline and soon after its stop, also where Windows goes on
// waiting for the CA; then the error is in_doubt. Errors: adcs_error().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/ca/adcs/hresult.h"
#include "agent/core/job.h"
#include "agent/core/ports/call_context.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// CR_DISP_* of certcli.h.
enum class RequestDisposition {
  incomplete = 0,
  error = 1,
  denied = 2,
  issued = 3,
  issued_out_of_band = 4,
  under_submission = 5,
  revoked = 6
};

// Of the number in the column Request.Disposition of the CA's database, which are others.
[[nodiscard]] RequestDisposition disposition_of_row(std::int64_t number);

struct RequestState {
  RequestDisposition disposition = RequestDisposition::incomplete;
  Hresult status = hresult::kOk;  // GetLastStatus: why it was denied
  std::string message;            // of the CA, in its language; never parsed
  std::string request_id;         // decimal; empty: the CA gave none
  Bytes certificate;              // DER; empty: there is none
};

// A row of the CA's database.
struct FoundRequest {
  std::string request_id;
  RequestDisposition disposition = RequestDisposition::incomplete;
  Bytes pkcs10;  // DER
};

enum class Standing { never_issued, in_force, revoked, on_hold };

class CertificateServices {
 public:
  virtual ~CertificateServices() = default;

  virtual Result<RequestState> submit(ByteView pkcs10, const std::string& attributes,
                                      const core::CallContext& call) = 0;
  // Errors: nothing_there too.
  virtual Result<RequestState> retrieve(const std::string& request_id,
                                        const core::CallContext& call) = 0;
  // The requests since then whose attributes name this job (names_job()), newest first.
  virtual Result<std::vector<FoundRequest>> find(const core::IdempotencyKey& job, Timestamp since,
                                                 const core::CallContext& call) = 0;
  // `serial`: serial_text(). Errors: component_missing too, as for revoke().
  virtual Result<Standing> standing(const std::string& serial, const core::CallContext& call) = 0;
  // From now on. `reason`: 0 to 6, or kReleaseHold. A CA takes a second revocation for the one that
  // counts: look at standing() first.
  virtual Status revoke(const std::string& serial, std::uint32_t reason,
                        const core::CallContext& call) = 0;
  // DER, in any order: the CA's certificate and those of its chain.
  virtual Result<std::vector<Bytes>> chain(const core::CallContext& call) = 0;
  // Whether the CA answers this account; submits nothing.
  virtual Status probe(const core::CallContext& call) = 0;
};

inline constexpr std::uint32_t kReleaseHold = 0xFFFFFFFF;

// As AD CS reads it: an even number of hex digits.
[[nodiscard]] std::string serial_text(ByteView serial);

}  // namespace certconnector::ca
