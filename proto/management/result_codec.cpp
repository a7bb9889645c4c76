#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"
#include "proto/management/object_writer.h"

namespace certconnector::management {
namespace {

using Json = nlohmann::json;

constexpr json::TextRule kNote = {0, 4096, nullptr, {}, true};

// CAs write such texts too, without a limit.
std::string_view clipped(std::string_view text) {
  if (text.size() <= kNote.max) return text;
  std::size_t end = kNote.max;
  // Not in the middle of a UTF-8 sequence.
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

void add_outcome(ObjectWriter& item, const Issued& issued) {
  item.plain("status", "issued");
  item.plain("certificate", text::to_base64(issued.certificate));
  item.plain("serial", text::to_hex(issued.serial));
  item.plain("sha1", text::to_hex(crypto::view(crypto::sha1(issued.certificate))));
  item.plain("sha256", text::to_hex(crypto::view(crypto::sha256(issued.certificate))));
  item.plain("not_before", to_rfc3339(issued.not_before));
  item.plain("not_after", to_rfc3339(issued.not_after));
  if (!issued.note.empty()) item.text("note", clipped(issued.note));
}

void add_outcome(ObjectWriter& item, const Revoked& revoked) {
  item.plain("status", "revoked");
  item.plain("revoked_at", to_rfc3339(revoked.at));
  item.boolean("already_revoked", revoked.already);
}

std::string_view to_string(FailureStatus status) {
  switch (status) {
    case FailureStatus::failed:
      return "failed";
    case FailureStatus::dead:
      return "dead";
    case FailureStatus::canceled:
      return "canceled";
  }
  return "failed";
}

void add_outcome(ObjectWriter& item, const Failed& failed, FailureStatus status) {
  item.plain("status", to_string(status));
  item.text("code", failed.code);
  if (failed.hresult != 0) item.number("hresult", failed.hresult);
  item.text("message", clipped(failed.message));
}

std::string encode_enrollment(const EnrollmentDetails& details) {
  ObjectWriter item(512);
  item.text("service", details.service);
  item.text("transaction_id", details.transaction_id);
  item.plain("public_key_sha256", text::to_hex(crypto::view(details.public_key)));
  if (!details.challenge_id.empty()) item.text("challenge_id", details.challenge_id);
  if (!details.device.empty()) item.text("device", details.device);
  if (!details.subject.empty()) item.text("subject", details.subject);
  item.plain("requested_at", to_rfc3339(details.requested_at));
  return std::move(item).take();
}

std::string encode_result(const JobResult& result) {
  const auto* issued = std::get_if<Issued>(&result.outcome);
  ObjectWriter item(1024 + (issued == nullptr ? 0 : issued->certificate.size() * 4 / 3));
  item.text("id", result.id);
  item.plain("digest", text::to_hex(crypto::view(result.digest)));
  if (result.enrollment) {
    item.json("enrollment", encode_enrollment(*result.enrollment));
  } else {
    // No lease number that the codec lets in is larger than the signed range.
    item.number("lease_number", static_cast<std::int64_t>(result.lease_number));
  }
  item.plain("type", result.type == JobType::issue ? "issue" : "revoke");
  if (!result.ca.empty()) item.text("ca", result.ca);
  if (!result.correlation_id.empty()) item.text("correlation_id", result.correlation_id);
  item.number("attempts", result.attempts);
  item.plain("finished_at", to_rfc3339(result.finished_at));
  if (issued != nullptr) add_outcome(item, *issued);
  if (const auto* revoked = std::get_if<Revoked>(&result.outcome)) add_outcome(item, *revoked);
  if (const auto* failed = std::get_if<Failed>(&result.outcome)) {
    add_outcome(item, *failed, result.failure);
  }
  return std::move(item).take();
}

std::string encode_chain(const std::string& ca, const std::vector<Bytes>& chain) {
  auto items = Json::array();
  for (const auto& certificate : chain) items.push_back(text::to_base64(certificate));
  return json::dump_text(ca) + ":" + json::dump(items);
}

ResultStanding read_standing(json::ObjectReader& reader, const JobResult& asked) {
  ResultStanding standing;
  const auto id = reader.required("id");
  const auto digest = reader.required("digest");
  standing.id = id.text(json::kId).value_or("");
  if (standing.id != asked.id) id.problem("is not that of the result at this place");
  standing.digest = asked.digest;
  const auto given = digest.fingerprint(asked.digest.size());
  if (given && *given != text::to_hex(crypto::view(asked.digest))) {
    digest.problem("is not that of the result at this place");
  }
  standing.verdict = reader.required("status")
                         .choice<ResultVerdict>({{"accepted", ResultVerdict::accepted},
                                                 {"duplicate", ResultVerdict::duplicate},
                                                 {"superseded", ResultVerdict::superseded},
                                                 {"refused", ResultVerdict::refused}})
                         .value_or(ResultVerdict::refused);
  standing.note = reader.optional("note").text(kNote).value_or("");
  return standing;
}

// Builds the two lists of the body side by side and knows how large it has become.
class BodyBuilder {
 public:
  explicit BodyBuilder(std::size_t max_size) : max_size_(max_size) {}

  bool add(const JobResult& result, const Chains& chains) {
    const std::string item = encode_result(result);
    std::string chain;
    const bool needs_chain = std::holds_alternative<Issued>(result.outcome) &&
                             chains.count(result.ca) != 0 && given_.count(result.ca) == 0;
    if (needs_chain) chain = encode_chain(result.ca, chains.at(result.ca));
    const std::size_t grown =
        results_.size() + chains_.size() + item.size() + chain.size() + kFrame;
    if (count_ > 0 && grown > max_size_) return false;
    append(results_, item);
    if (needs_chain) {
      append(chains_, chain);
      given_.insert({result.ca, true});
    }
    ++count_;
    return true;
  }

  [[nodiscard]] ResultsBody take() && {
    return {"{\"results\":[" + results_ + "],\"chains\":{" + chains_ + "}}", count_};
  }

 private:
  static constexpr std::size_t kFrame = 64;  // brackets, commas and the names of the two lists

  static void append(std::string& list, const std::string& item) {
    if (!list.empty()) list += ',';
    list += item;
  }

  std::size_t max_size_;
  std::string results_;
  std::string chains_;
  std::map<std::string, bool> given_;
  std::size_t count_ = 0;
};

}  // namespace

ResultsBody encode_results_request(const std::vector<JobResult>& results, std::size_t from,
                                   const Chains& chains, std::size_t max_size) {
  BodyBuilder body(max_size);
  for (std::size_t i = from; i < results.size() && i - from < kMaxResults; ++i) {
    if (!body.add(results[i], chains)) break;
  }
  return std::move(body).take();
}

Result<std::vector<ResultStanding>> decode_results_answer(std::string_view body,
                                                          const std::vector<JobResult>& results,
                                                          std::size_t from, std::size_t count) {
  CC_TRY_ASSIGN(const Json value, json::parse(body));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  std::vector<ResultStanding> standings;
  const auto items = reader.required("results").array(count, count);
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    auto item = (*items)[i].object();
    if (!item) continue;
    standings.push_back(read_standing(*item, results[from + i]));
  }
  if (!problems.empty()) {
    return Error(ManagementErrc::not_what_was_asked, ErrorKind::permanent,
                 "results answer: " + problems.text());
  }
  return standings;
}

}  // namespace certconnector::management
