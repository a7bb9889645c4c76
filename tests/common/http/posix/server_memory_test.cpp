// What many connections cost. Thousands of files and the figures of /proc are Linux'.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/common/http/robustness_fixture.h"

namespace certconnector::http::testing {
namespace {

using HttpMemory = HttpRobustness;

// Octets of this process in memory.
std::size_t resident() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t in_memory = 0;
  statm >> all >> in_memory;
  return in_memory * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool raise_file_limit(rlim_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= wanted) return true;
  limit.rlim_cur = wanted;
  return wanted <= limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

TEST_F(HttpMemory, FiveThousandIdleConnectionsAreCheap) {
  constexpr std::size_t kConnections = 5000;
  if (!raise_file_limit(2 * kConnections + 100)) GTEST_SKIP() << "not enough file descriptors";
  ServerSettings settings;
  settings.idle_timeout = Duration(600000);
  start(settings);
  const std::size_t before = resident();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (std::size_t i = 0; i < kConnections; ++i) {
    idle.push_back(std::make_unique<RawClient>(server_->port()));
    // Some said nothing yet, some are in the middle, some have had a large request answered.
    if (i % 3 == 1) idle.back()->send(kStart);
    if (i % 3 == 2) {
      idle.back()->send("GET /?" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n");
      ASSERT_NE(idle.back()->read_until(" end\n").find("200 OK"), std::string::npos);
    }
  }
  EXPECT_NE(exchange(kStart + "\r\n").find("200 OK"), std::string::npos);
  const std::size_t grown = resident() - std::min(before, resident());
  RecordProperty("octets_for_each_connection", std::to_string(grown / kConnections));
  // A sanitizer's allocator counts nothing here, and adds memory to each block.
  const bool counted = ::mallinfo2().uordblks != 0;
  if (counted) {
    EXPECT_LT(grown, 50UL * 1024 * 1024);
  }
  idle.front()->send(kStart + "\r\n");
  EXPECT_NE(idle.front()->read_until(" end\n").find("200 OK"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::http::testing
