#include "agent/cloud/reference/answer_error.h"

#include <utility>

#include "agent/cloud/reference/errors.h"
#include "agent/cloud/reference/words.h"
#include "common/net/retry_after.h"
#include "proto/management/codec.h"

namespace certconnector::cloud {
namespace {

std::string words_of(const net::HttpsAnswer& answer) {
  const auto problem = management::decode_problem(answer.body);
  if (!problem) return {};
  std::string words = problem->detail.empty() ? problem->title : problem->detail;
  if (!problem->code.empty()) words += words.empty() ? problem->code : " (" + problem->code + ")";
  return clean_words(std::move(words));
}

struct Meaning {
  CloudErrc errc;
  ErrorKind kind;
};

Meaning meaning_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return {CloudErrc::identity_refused, ErrorKind::denied};
    case 429:
    case 503:
      return {CloudErrc::throttled, ErrorKind::transient};
    case 408:
    case 425:
      return {CloudErrc::endpoint_failed, ErrorKind::transient};
    default:
      break;
  }
  if (status >= 500) return {CloudErrc::endpoint_failed, ErrorKind::transient};
  if (status >= 300 && status < 400) return {CloudErrc::redirected, ErrorKind::permanent};
  if (status >= 300) return {CloudErrc::request_refused, ErrorKind::permanent};
  return {CloudErrc::bad_answer, ErrorKind::transient};
}

}  // namespace

Error answer_error(const net::HttpsAnswer& answer, Timestamp wall) {
  const Meaning meaning = meaning_of(answer.status);
  std::string message = "the endpoint answered " + std::to_string(answer.status);
  if (answer.status >= 300 && answer.status < 400) {
    message += ", a redirect, which is never followed";
    const std::string place = clean_words(answer.header("Location"));
    if (!place.empty()) message += ", to " + place;
  }
  const std::string words = words_of(answer);
  if (!words.empty()) message += ": " + words;
  Error error(meaning.errc, meaning.kind, std::move(message));
  if (meaning.errc != CloudErrc::throttled) return error;
  const auto wait = net::parse_retry_after(
      answer.header("Retry-After"), net::parse_http_date(answer.header("Date")).value_or(wall));
  return wait ? std::move(error).with_retry_after(*wait) : error;
}

}  // namespace certconnector::cloud
