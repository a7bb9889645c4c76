// The chains of the issuing CAs, by fingerprint, for the reports. Outlives the engine: reports may
// be under way while one engine follows another.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "agent/core/job.h"

namespace certconnector::app {

// Thread-safe.
class IssuerChains {
 public:
  void set(const core::CaFingerprint& ca, std::vector<Bytes> chain) {
    const std::lock_guard<std::mutex> lock(mutex_);
    chains_[ca] = std::move(chain);
  }
  // Empty when it is not known.
  [[nodiscard]] std::vector<Bytes> find(const core::CaFingerprint& ca) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = chains_.find(ca);
    return it == chains_.end() ? std::vector<Bytes>() : it->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<core::CaFingerprint, std::vector<Bytes>> chains_;
};

}  // namespace certconnector::app
