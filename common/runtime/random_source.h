// Where jitter comes from: injected, so that tests can say what is drawn.
#pragma once

#include <mutex>
#include <random>

namespace certconnector::runtime {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Uniform in [0, 1). Thread-safe.
  virtual double unit() = 0;
};

// Spreads load, keeps no secret. Seeded by the operating system.
class SystemRandom final : public RandomSource {
 public:
  SystemRandom();
  double unit() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace certconnector::runtime
