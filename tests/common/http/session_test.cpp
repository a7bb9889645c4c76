// The place of a connection is freed, however the connection ends.
#include "common/http/session.h"

#include <gtest/gtest.h>

#include <exception>
#include <utility>

#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {
namespace {

class NoHandler final : public Handler {
 public:
  void handle(Request /*request*/, Reply /*reply*/) override {}
};

class CountedPlace final : public ConnectionPlace {
 public:
  explicit CountedPlace(int& freed) : freed_(freed) {}
  ~CountedPlace() override { ++freed_; }
  CountedPlace(const CountedPlace&) = delete;
  CountedPlace& operator=(const CountedPlace&) = delete;
  CountedPlace(CountedPlace&&) = delete;
  CountedPlace& operator=(CountedPlace&&) = delete;

  void hold(std::size_t /*octets*/) override {}
  void owe() override {}
  void wait() override {}

 private:
  int& freed_;
};

class HttpSessionPlace : public ::testing::Test {
 protected:
  [[nodiscard]] Connection connection(TlsContext tls) {
    return {Socket(io_), 1, "192.0.2.1", std::move(tls), std::make_unique<CountedPlace>(freed_)};
  }

  boost::asio::io_context io_{1};
  ServerSettings server_;
  NoHandler handler_;
  certconnector::testing::CapturingLogger log_;
  std::shared_ptr<ReplyGate> gate_ =
      std::make_shared<ReplyGate>(io_, [](RequestId /*to*/, Response /*response*/) {});
  SessionSettings settings_{server_, handler_, log_, *gate_};
  int freed_ = 0;
};

TEST_F(HttpSessionPlace, IsKeptAsLongAsTheSession) {
  auto session = make_session(connection(nullptr), settings_);
  EXPECT_EQ(freed_, 0);
  session.reset();
  EXPECT_EQ(freed_, 1);
}

// As without memory: OpenSSL makes no SSL.
TEST_F(HttpSessionPlace, IsFreeWhereTheSessionCannotBeMade) {
  using boost::asio::ssl::context;
  const auto tls = std::make_shared<context>(context::tls_server);
  const context taken(std::move(*tls));
  EXPECT_THROW(static_cast<void>(make_session(connection(tls), settings_)), std::exception);
  EXPECT_EQ(freed_, 1);
}

}  // namespace
}  // namespace certconnector::http::testing
