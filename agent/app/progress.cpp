#include "agent/app/progress.h"

#include <chrono>
#include <iostream>

namespace certconnector::app {
namespace {

constexpr std::chrono::seconds kLineEvery{5};

}  // namespace

Status ProgressLine::operator()(const StepProgress& progress) {
  const Timestamp now = clock_.now();
  if (last_ && now - *last_ < kLineEvery) return {};
  if (last_) {
    std::cerr << "certconnectord: " << command_ << ": " << progress.step;
    if (progress.done != 0) std::cerr << " " << progress.done;
    if (progress.total != 0) std::cerr << " of " << progress.total;
    std::cerr << "\n";
  }
  last_ = now;
  return {};
}

}  // namespace certconnector::app
