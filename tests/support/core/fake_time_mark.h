// A time mark in memory.
#pragma once

#include <mutex>
#include <optional>

#include "agent/core/ports/time_mark.h"

namespace certconnector::testing {

class FakeTimeMark final : public core::TimeMark {
 public:
  std::optional<Error> refusal;  // everything fails with it
  std::optional<Timestamp> noted;

  Result<std::optional<Timestamp>> newest() override {
    if (refusal) return *refusal;
    return noted;
  }
  Status note(Timestamp wall) override {
    if (refusal) return *refusal;
    noted = wall;
    return {};
  }
};

}  // namespace certconnector::testing
