// The requests of a CA that name a job, by ICertView.
#pragma once

#include <windows.h>
#include <certview.h>

#include <string>
#include <vector>

#include "agent/ca/adcs/certificate_services.h"
#include "agent/ca/adcs/windows/com.h"

namespace certconnector::ca {

struct RequestsWanted {
  core::IdempotencyKey job{};
  Timestamp since;
};

// Newest first. Reads the rows since then by the index of their time, and compares the attributes
// here: no index has those.
[[nodiscard]] Hresult find_requests(ICertView& view, const Bstr& config,
                                    const RequestsWanted& wanted, std::vector<FoundRequest>& found);

}  // namespace certconnector::ca
