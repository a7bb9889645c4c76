#include "agent/enrollment/renewal_quota.h"

#include <algorithm>

namespace certconnector::enrollment {

std::optional<Duration> RenewalQuota::take(const crypto::Sha256& signer,
                                           const crypto::Sha256& request, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (of_.size() >= sweep_at_) sweep(now);
  std::deque<Taken>& taken = of_[signer];
  forget(taken, now);
  const bool known = std::any_of(taken.begin(), taken.end(),
                                 [&](const Taken& one) { return one.request == request; });
  if (known) return std::nullopt;
  if (taken.size() >= settings_.requests) return taken.front().at + settings_.per - now;
  taken.push_back({request, now});
  return std::nullopt;
}

void RenewalQuota::forget(std::deque<Taken>& taken, Timestamp now) const {
  while (!taken.empty() && taken.front().at + settings_.per <= now) taken.pop_front();
}

void RenewalQuota::sweep(Timestamp now) {
  for (auto at = of_.begin(); at != of_.end();) {
    forget(at->second, now);
    at = at->second.empty() ? of_.erase(at) : std::next(at);
  }
  sweep_at_ = std::max<std::size_t>(sweep_at_, 2 * of_.size());
}

}  // namespace certconnector::enrollment
