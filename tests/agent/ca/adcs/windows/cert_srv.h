// AD CS's clients as COM servers of the test's own process, on the model of a CA: CCertRequest,
// CCertAdmin and CCertView are found by the identifiers that Microsoft's have.
#pragma once

#include <windows.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "tests/support/adcs/adcs_model.h"

namespace certconnector::ca::testing {

// On a thread of the multithreaded apartment, which it makes. One at a time.
class CertSrv {
 public:
  explicit CertSrv(AdcsModel& model);
  ~CertSrv();
  CertSrv(const CertSrv&) = delete;
  CertSrv& operator=(const CertSrv&) = delete;

  // As on a server without the management tools: CCertAdmin and CCertView are gone.
  void remove_management_tools();
  // Submissions hang from now on, until let_go().
  void hang();
  void let_go();
  [[nodiscard]] std::size_t wait_for_hanging(std::size_t count);

  AdcsModel& model() { return model_; }
  void pass();  // of each submission

 private:
  AdcsModel& model_;
  std::vector<DWORD> registrations_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  std::size_t hanging_ = 0;
};

}  // namespace certconnector::ca::testing
