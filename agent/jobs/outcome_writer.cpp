#include "agent/jobs/outcome_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {
namespace {

constexpr runtime::RetryPolicy kSettling{std::chrono::milliseconds(200), std::chrono::seconds(10)};

// The verdict that stands in the store. A certificate that the store did not take reaches nobody.
core::Verdict standing(core::Verdict verdict, const core::Settled& settled) {
  if (!settled.taken) return core::LeaseLost{"another agent has the job now"};
  auto* finish = std::get_if<core::Finish>(&verdict);
  if (finish != nullptr && settled.before) {
    std::get<core::Issued>(finish->outcome).certificate = *settled.before;
  }
  return verdict;
}

}  // namespace

OutcomeWriter::OutcomeWriter(const OutcomeWriterParts& parts, core::ClaimOwner owner)
    : parts_(parts), owner_(std::move(owner)), backoff_(kSettling, parts.random) {}

bool OutcomeWriter::settle(std::vector<core::Settlement> settlements) {
  bool durable = true;
  while (!settlements.empty()) durable = settle_some(take_some(settlements)) && durable;
  return durable;
}

std::vector<core::Settlement> OutcomeWriter::take_some(std::vector<core::Settlement>& from) const {
  const std::size_t at_once = std::max<std::size_t>(parts_.store.settle_at_once(), 1);
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(at_once, from.size()));
  std::vector<core::Settlement> some(std::make_move_iterator(from.begin()),
                                     std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return some;
}

bool OutcomeWriter::settle_some(std::vector<core::Settlement> settlements) {
  const auto settled = parts_.store.settle(settlements, owner_, parts_.clock.now());
  if (settled.ok()) {
    tell(std::move(settlements), *settled);
    return true;
  }
  parts_.logger.error("settle.kept",
                      "The agent cannot store outcomes; it keeps them in memory and tries again: " +
                          settled.error().message(),
                      {{"jobs", settlements.size()}});
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_.insert(kept_.end(), std::make_move_iterator(settlements.begin()),
                 std::make_move_iterator(settlements.end()));
  }
  parts_.storage.failed(settled.error());
  keeping_.notify();
  return false;
}

void OutcomeWriter::tell(std::vector<core::Settlement> settlements,
                         const std::vector<core::Settled>& settled) {
  for (std::size_t i = 0; i < settlements.size(); ++i) {
    settlements[i].verdict = standing(std::move(settlements[i].verdict), settled[i]);
  }
  if (parts_.listener != nullptr) parts_.listener->settled(settlements);
  settled_.notify();
}

bool OutcomeWriter::try_kept() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (kept_.empty()) return true;
  const std::size_t jobs = kept_.size();
  while (!kept_.empty()) {
    std::vector<core::Settlement> some = take_some(kept_);
    const auto settled = parts_.store.settle(some, owner_, parts_.clock.now());
    if (!settled.ok()) {
      kept_.insert(kept_.begin(), std::make_move_iterator(some.begin()),
                   std::make_move_iterator(some.end()));
      return false;
    }
    tell(std::move(some), *settled);
  }
  parts_.logger.info("settle.stored", "The agent has stored the outcomes that it kept in memory.",
                     {{"jobs", jobs}});
  backoff_.succeeded();
  return true;
}

Duration OutcomeWriter::step(const StopToken&) {
  if (try_kept()) return runtime::kIdle;
  const std::lock_guard<std::mutex> lock(mutex_);
  return backoff_.failed();
}

void OutcomeWriter::flush() {
  if (try_kept()) return;
  parts_.logger.error(
      "settle.left",
      "The agent could not store outcomes before its end. After the restart it asks the "
      "CA for the outcomes of these jobs.",
      {{"jobs", kept()}});
}

std::size_t OutcomeWriter::kept() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return kept_.size();
}

}  // namespace certconnector::jobs
