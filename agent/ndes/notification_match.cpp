#include "agent/ndes/notification_match.h"

#include <utility>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ndes {
namespace {

constexpr std::size_t kPage = 64;  // read from the store at once

// The store blanks the password of a job that is over: jobs::forget_challenge().
bool is_blanked(const std::string& carried) {
  return !carried.empty() && carried.find_first_not_of('x') == std::string::npos;
}

bool has_challenge(const core::Job& job, const crypto::Sha256& challenge, bool ended) {
  const auto* issue = std::get_if<core::IssueRequest>(&job.request);
  if (issue == nullptr) return false;
  const auto request = crypto::Pkcs10::parse(issue->pkcs10, crypto::ProofOfPossession::known);
  if (!request.ok()) return false;
  const std::string password = request->challenge_password().value_or("");
  if (ended && is_blanked(password)) return true;
  const auto carried = crypto::sha256(as_bytes(password));
  return crypto::equal_secrets(crypto::view(carried), crypto::view(challenge));
}

// The best enrollments so far.
class Choice {
 public:
  explicit Choice(const NotifiedRequest& told) : told_(told) {}

  // False: it is decided, and no older enrollment changes it.
  bool look_at(core::ExternalEnrollment one) {
    const bool ended = jobs::is_finished(one.state);
    const bool fits = !told_.challenge || has_challenge(one.job, *told_.challenge, ended);
    if (!fits && !told_.public_key) return true;
    auto& place = fits ? (ended ? ended_ : open_) : (ended ? other_ended_ : other_open_);
    if (place) {
      several_ = several_ || (&place == &open_ && !told_.public_key);
      return !several_;
    }
    place = std::move(one);
    return &place != &open_ || !told_.public_key;
  }

  MatchedEnrollment made() {
    for (auto* place : {&open_, &ended_, &other_open_, &other_ended_}) {
      if (*place) return {std::move(*place), several_};
    }
    return {};
  }

 private:
  const NotifiedRequest& told_;
  std::optional<core::ExternalEnrollment> open_;
  std::optional<core::ExternalEnrollment> ended_;
  // Of the certificate's key, but with another challenge than NDES named.
  std::optional<core::ExternalEnrollment> other_open_;
  std::optional<core::ExternalEnrollment> other_ended_;
  bool several_ = false;
};

}  // namespace

Result<MatchedEnrollment> match_enrollment(core::ExternalEnrollments& enrollments,
                                           const NotifiedRequest& told) {
  Choice choice(told);
  core::ExternalSearch search{told.service, told.transaction_id, told.public_key, std::nullopt,
                              kPage};
  for (;;) {
    CC_TRY_ASSIGN(auto page, enrollments.external(search));
    for (core::ExternalEnrollment& one : page) {
      search.after = one.ticket;
      if (!choice.look_at(std::move(one))) return choice.made();
    }
    if (page.size() < kPage) return choice.made();
  }
}

}  // namespace certconnector::ndes
