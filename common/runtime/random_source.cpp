#include "common/runtime/random_source.h"

#include <cstring>

#include "common/crypto/digest.h"

namespace certconnector::runtime {
namespace {

std::uint64_t seed() {
  std::uint64_t value = 0;
  const Bytes bytes = crypto::random_bytes(sizeof(value));
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

}  // namespace

SystemRandom::SystemRandom() : engine_(seed()) {}

double SystemRandom::unit() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
}

}  // namespace certconnector::runtime
