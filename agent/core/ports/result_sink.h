// A role of a cloud: it takes the results of jobs. Calls, threads and errors as of JobFeed.
#pragma once

#include <string>
#include <vector>

#include "agent/core/ports/call_size.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"
#include "common/time/stop.h"

namespace certconnector::core {

struct ReportedItem {
  ReportVerdict verdict = ReportVerdict::accepted;
  std::string note;
};

class ResultSink {
 public:
  virtual ~ResultSink() = default;

  // At most kMostInOneCall. One item for each report, in order.
  virtual Result<std::vector<ReportedItem>> report(const std::vector<Report>& reports,
                                                   const StopToken& stop) = 0;
};

}  // namespace certconnector::core
