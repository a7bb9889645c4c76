// A server that may open no more files. Windows knows no such limit.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "tests/common/http/overload_fixture.h"

namespace certconnector::http::testing {
namespace {

// As many files as are open already, and no more.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{3, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  NoMoreFiles(NoMoreFiles&&) = delete;
  NoMoreFiles& operator=(NoMoreFiles&&) = delete;

 private:
  rlimit before_{};
};

// In the suite of the others: UBSan looks once at the kind of each object, by a pipe, which takes
// descriptors. A connection that ends during the pause begins no second one: two would cut each
// other short.
TEST_F(HttpOverload, WithoutDescriptorsItTriesAgainNowAndThen) {
  start();
  Clients clients = open(3, nullptr, "");
  for (const auto& client : clients) expect_served(*client);
  const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server_->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto began = std::chrono::steady_clock::now();
  std::size_t tries = 0;
  {
    const NoMoreFiles none;
    const void* const address = &to;
    ASSERT_EQ(::connect(late, static_cast<const sockaddr*>(address), sizeof to), 0);
    while (log_.records("http.accept_failed").empty()) continue;
    clients.clear();
    while (tries < 3) tries = log_.records("http.accept_failed").size();
  }
  const auto pauses = (std::chrono::steady_clock::now() - began) / std::chrono::milliseconds(200);
  EXPECT_LE(tries, static_cast<std::size_t>(pauses) + 1);
  expect_served(RawClient(server_->port()));
  ::close(late);
}

}  // namespace
}  // namespace certconnector::http::testing
