// An enterprise CA as a model of AD CS: its database of requests, its permissions and its failures.
// Certificates are real ones of an embedded CA. Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/ca/adcs/certificate_services.h"
#include "agent/ca/backend.h"
#include "agent/platform/file_key_source.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ca::testing {

// How a call fails: before the CA took it, or after that, so that the answer is lost.
struct AdcsFailure {
  Hresult result;
  bool after_it_was_taken = false;
};

class AdcsModel {
 public:
  struct DatabaseRow {
    int id = 0;
    int disposition = 0;
    std::string attributes;
    Bytes pkcs10;
  };

  static constexpr const char* kConfigString = "ca.corp.example\\Corp Issuing CA";

  // Publishes the template "CorpDevice".
  AdcsModel();

  // --- as an administrator of the CA
  // Of the calls from now on, in order; kOk lets one pass.
  void fail_next(AdcsFailure failure);
  void deny_with(Hresult status, std::string message);  // each request, until allow()
  void keep_requests();                                 // for a manager, until allow()
  void work_on_requests();                              // without an end, until allow()
  void allow();
  void revoke_request(const std::string& request_id);
  void heed_validity(bool heed);  // EDITF_ATTRIBUTEENDDATE
  void issue(const std::string& request_id);
  [[nodiscard]] std::vector<std::string> attributes() const;  // of each request, in order
  [[nodiscard]] std::size_t certificates() const;
  [[nodiscard]] std::vector<std::uint32_t> reasons() const;  // of each revocation, in order
  [[nodiscard]] std::vector<crypto::Certificate> chain() const;

  // --- as ICertRequest2, ICertAdmin and ICertView
  Hresult submit(ByteView pkcs10, const std::string& attributes, RequestState& state);
  Hresult retrieve(const std::string& request_id, RequestState& state);
  Hresult find(const core::IdempotencyKey& job, std::vector<FoundRequest>& found);
  // All rows, as the database has them: the numbers of its column Request.Disposition.
  Hresult database(std::vector<DatabaseRow>& rows);
  Hresult standing(const std::string& serial, Standing& standing);
  Hresult revoke(const std::string& serial, std::uint32_t reason);
  Hresult probe();

 private:
  struct Row {
    std::string attributes;
    Bytes pkcs10;
    RequestState state;
  };

  [[nodiscard]] std::optional<AdcsFailure> next_failure();
  void decide(Row& row);
  void issue_row(Row& row);

  mutable std::mutex mutex_;
  certconnector::testing::TempDirectory folder_;
  platform::FileKeySource keys_;
  MemoryCertificateStore store_;
  SystemClock clock_;
  certconnector::testing::CapturingLogger log_;
  CaSection section_;
  core::CaPorts issuing_;

  std::deque<AdcsFailure> failures_;
  std::optional<RequestState> denial_;
  std::optional<RequestDisposition> keeps_;
  bool heeds_validity_ = true;
  std::map<int, Row> rows_;
  std::map<std::string, std::uint32_t> issued_;  // serial: reason, or kInForce
  std::vector<std::uint32_t> reasons_;
};

}  // namespace certconnector::ca::testing
