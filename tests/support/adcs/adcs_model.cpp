#include "tests/support/adcs/adcs_model.h"

#include <sstream>
#include <stdexcept>
#include <utility>

#include "agent/ca/adcs/request_attributes.h"
#include "agent/ca/local/local_backend.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ca::testing {
namespace {

constexpr std::uint32_t kInForce = 0xFFFF;
constexpr std::uint32_t kHold = 6;
constexpr const char* kTemplate = "CorpDevice";

template <typename T>
T require(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

// The value of an attribute, as AD CS reads the lines.
std::string value_of(const std::string& attributes, const std::string& name) {
  std::istringstream lines(attributes);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + ":", 0) == 0) return line.substr(name.size() + 1);
  }
  return "";
}

int row_number(RequestDisposition disposition) {
  switch (disposition) {
    case RequestDisposition::incomplete:
      return 8;
    case RequestDisposition::under_submission:
      return 9;
    case RequestDisposition::issued:
      return 20;
    case RequestDisposition::revoked:
      return 21;
    case RequestDisposition::denied:
      return 31;
    default:
      return 30;
  }
}

std::optional<std::chrono::seconds> validity_of(const std::string& attributes) {
  const std::string unit = value_of(attributes, "ValidityPeriod");
  if (unit.empty()) return std::nullopt;
  const std::chrono::hours one(unit == "Days" ? 24 : 1);
  return std::stoi(value_of(attributes, "ValidityPeriodUnits")) * one;
}

}  // namespace

AdcsModel::AdcsModel() {
  const Backend backend = local_backend();
  std::shared_ptr<config::CaOptions> options = backend.rules.make_options();
  options->fill_paths(folder_.file("ca"));
  section_.name = "adcs";
  section_.backend = backend.rules.name;
  section_.options = options;
  TemplateSettings device;
  device.name = kTemplate;
  device.requester_validity = true;
  section_.templates.push_back(device);
  const NewCa wanted{"CN=Corp Issuing CA,O=Corp", {crypto::KeyKind::ec, 256}};
  static_cast<void>(require(backend.set_up->create_root(section_, wanted, {keys_, clock_})));
  issuing_ = require(backend.make(section_, {keys_, store_, clock_, log_, {}}));
}

void AdcsModel::fail_next(AdcsFailure failure) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(failure);
}

void AdcsModel::deny_with(Hresult status, std::string message) {
  const std::lock_guard lock(mutex_);
  denial_ = RequestState{RequestDisposition::denied, status, std::move(message), "", {}};
}

void AdcsModel::keep_requests() {
  const std::lock_guard lock(mutex_);
  keeps_ = RequestDisposition::under_submission;
}

void AdcsModel::work_on_requests() {
  const std::lock_guard lock(mutex_);
  keeps_ = RequestDisposition::incomplete;
}

void AdcsModel::revoke_request(const std::string& request_id) {
  const std::lock_guard lock(mutex_);
  rows_.at(std::stoi(request_id)).state.disposition = RequestDisposition::revoked;
}

void AdcsModel::allow() {
  const std::lock_guard lock(mutex_);
  keeps_.reset();
  denial_.reset();
}

void AdcsModel::heed_validity(bool heed) {
  const std::lock_guard lock(mutex_);
  heeds_validity_ = heed;
}

void AdcsModel::issue(const std::string& request_id) {
  const std::lock_guard lock(mutex_);
  issue_row(rows_.at(std::stoi(request_id)));
}

std::vector<std::string> AdcsModel::attributes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [id, row] : rows_) all.push_back(row.attributes);
  return all;
}

std::size_t AdcsModel::certificates() const {
  const std::lock_guard lock(mutex_);
  return issued_.size();
}

std::vector<std::uint32_t> AdcsModel::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

std::vector<crypto::Certificate> AdcsModel::chain() const {
  std::vector<crypto::Certificate> certificates;
  for (const Bytes& der : issuing_.ca->chain()) {
    certificates.push_back(require(crypto::Certificate::from_der(der)));
  }
  return certificates;
}

std::optional<AdcsFailure> AdcsModel::next_failure() {
  if (failures_.empty()) return std::nullopt;
  const AdcsFailure failure = failures_.front();
  failures_.pop_front();
  if (failure.result == hresult::kOk) return std::nullopt;
  return failure;
}

Hresult AdcsModel::submit(ByteView pkcs10, const std::string& attributes, RequestState& state) {
  const std::lock_guard lock(mutex_);
  const auto failure = next_failure();
  if (failure && !failure->after_it_was_taken) return failure->result;
  const int id = static_cast<int>(rows_.size()) + 1;
  Row& row = rows_[id];
  row = {attributes, Bytes(pkcs10.begin(), pkcs10.end()), {}};
  row.state.request_id = std::to_string(id);
  decide(row);
  if (failure) return failure->result;
  state = row.state;
  return hresult::kOk;
}

void AdcsModel::decide(Row& row) {
  const std::string id = row.state.request_id;
  if (value_of(row.attributes, "CertificateTemplate") != kTemplate) {
    row.state = {
        RequestDisposition::denied, hresult::kUnsupportedTemplate, "no such template", id, {}};
  } else if (denial_) {
    row.state = *denial_;
    row.state.request_id = id;
  } else if (keeps_) {
    row.state.disposition = *keeps_;
  } else {
    issue_row(row);
  }
}

void AdcsModel::issue_row(Row& row) {
  const crypto::Pkcs10 request = require(crypto::Pkcs10::parse(row.pkcs10));
  core::Submission one;
  one.key[0] = static_cast<std::uint8_t>(std::stoi(row.state.request_id));
  one.key[1] = 1;
  one.request = &request;
  one.template_name = kTemplate;
  if (heeds_validity_) one.validity = validity_of(row.attributes);
  const auto answers = issuing_.ca->submit({one}, {});
  const auto& issued = std::get<core::Issued>(answers.at(0));
  row.state.disposition = RequestDisposition::issued;
  row.state.certificate = issued.certificate.certificate;
  issued_[serial_text(issued.certificate.serial)] = kInForce;
}

Hresult AdcsModel::retrieve(const std::string& request_id, RequestState& state) {
  const std::lock_guard lock(mutex_);
  if (const auto failure = next_failure()) return failure->result;
  const auto found = rows_.find(std::stoi(request_id));
  if (found == rows_.end()) return hresult::kNoRequest;
  state = found->second.state;
  return hresult::kOk;
}

Hresult AdcsModel::find(const core::IdempotencyKey& job, std::vector<FoundRequest>& found) {
  const std::lock_guard lock(mutex_);
  if (const auto failure = next_failure()) return failure->result;
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    if (!names_job(row->second.attributes, job)) continue;
    found.push_back(
        {row->second.state.request_id, row->second.state.disposition, row->second.pkcs10});
  }
  return hresult::kOk;
}

Hresult AdcsModel::database(std::vector<DatabaseRow>& rows) {
  const std::lock_guard lock(mutex_);
  if (const auto failure = next_failure()) return failure->result;
  for (const auto& [id, row] : rows_) {
    rows.push_back({id, row_number(row.state.disposition), row.attributes, row.pkcs10});
  }
  return hresult::kOk;
}

Hresult AdcsModel::standing(const std::string& serial, Standing& standing) {
  const std::lock_guard lock(mutex_);
  if (const auto failure = next_failure()) return failure->result;
  const auto found = issued_.find(serial);
  if (found == issued_.end()) {
    standing = Standing::never_issued;
  } else if (found->second == kInForce) {
    standing = Standing::in_force;
  } else {
    standing = found->second == kHold ? Standing::on_hold : Standing::revoked;
  }
  return hresult::kOk;
}

Hresult AdcsModel::revoke(const std::string& serial, std::uint32_t reason) {
  const std::lock_guard lock(mutex_);
  const auto failure = next_failure();
  if (failure && !failure->after_it_was_taken) return failure->result;
  const auto found = issued_.find(serial);
  if (found == issued_.end()) return hresult::kPropertyEmpty;
  reasons_.push_back(reason);
  found->second = reason == kReleaseHold ? kInForce : reason;
  return failure ? failure->result : hresult::kOk;
}

Hresult AdcsModel::probe() {
  const std::lock_guard lock(mutex_);
  const auto failure = next_failure();
  return failure ? failure->result : hresult::kOk;
}

}  // namespace certconnector::ca::testing
