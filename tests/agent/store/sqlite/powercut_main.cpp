// The long run of the power-cut campaign: store_powercut [--seeds N] [--first SEED]
// Prints one line of JSON; exits 1 when anything was lost.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tests/agent/store/sqlite/powercut.h"

namespace {

using certconnector::store::PowercutReport;

struct Totals {
  std::uint64_t cuts = 0;
  std::uint64_t calls = 0;
  std::uint64_t violations = 0;

  void add(const char* store, std::uint64_t seed, const PowercutReport& report) {
    cuts += report.cuts;
    calls += report.calls;
    violations += report.violations.size();
    for (const auto& words : report.violations) {
      std::cerr << store << ", seed " << seed << ": " << words << '\n';
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  // A thousand make 12,000 cuts, and more than 1,000 in the take-over, which takes every tenth,
  // as the compaction does.
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--seeds") seeds = number;
    if (option == "--first") first = number;
  }
  Totals queue;
  Totals certificate_store;
  Totals take_over;
  Totals compaction;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    queue.add("queue", seed, certconnector::store::cut_queue(seed));
    certificate_store.add("inventory", seed, certconnector::store::cut_certificates(seed));
    if (seed % 10 != 0) continue;
    take_over.add("take-over", seed, certconnector::store::cut_take_over(seed));
    compaction.add("compaction", seed, certconnector::store::cut_compaction(seed));
  }
  const auto print = [](const Totals& totals) {
    std::cout << "{\"cuts\":" << totals.cuts << ",\"calls\":" << totals.calls
              << ",\"violations\":" << totals.violations << '}';
  };
  std::cout << "{\"seeds\":" << seeds << ",\"queue\":";
  print(queue);
  std::cout << ",\"certificate store\":";
  print(certificate_store);
  std::cout << ",\"take-over\":";
  print(take_over);
  std::cout << ",\"compaction\":";
  print(compaction);
  std::cout << "}\n";
  const std::uint64_t violations = queue.violations + certificate_store.violations +
                                   take_over.violations + compaction.violations;
  return violations == 0 ? 0 : 1;
}
