#include "agent/http/routes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/agent/http/answered.h"

namespace certconnector::http::testing {
namespace {

// Answers with its own name.
class Named final : public Handler {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  void handle(Request /*request*/, Reply reply) override { reply.send(text_response(200, name_)); }

 private:
  std::string name_;
};

std::string answer_to(Routes& routes, const std::string& path) {
  Request request;
  request.method = "GET";
  request.path = path;
  const auto response = answered(routes, request);
  if (response->status != 200) return std::to_string(response->status);
  const std::string body(as_text(*response->body));
  return body.substr(0, body.size() - 1);
}

TEST(Routes, TheExactPathThenTheLongestPrefix) {
  Named metrics("metrics");
  Named scep("scep");
  Named deep("deep");
  Named rest("rest");
  Routes routes(RouteTable()
                    .exact("/metrics", metrics)
                    .exact("/scep/exact", metrics)
                    .prefix("/scep", scep)
                    .prefix("/scep/a/b/", deep)
                    .prefix("/", rest));
  const std::vector<std::pair<std::string, std::string>> rows{
      {"/metrics", "metrics"},   {"/metrics/", "rest"},   {"/METRICS", "rest"},
      {"/scep", "scep"},         {"/scep/", "scep"},      {"/scep/exact", "metrics"},
      {"/scep/exact/x", "scep"}, {"/scepter", "rest"},    {"/scep/a", "scep"},
      {"/scep/a/b", "deep"},     {"/scep/a/b/c", "deep"}, {"/scep/a/bc", "scep"},
      {"/scep%2Fexact", "rest"}, {"//scep", "rest"},      {"/", "rest"},
      {"/default.crl", "rest"},
  };
  for (const auto& [path, name] : rows) EXPECT_EQ(answer_to(routes, path), name) << path;
}

TEST(Routes, NothingFitsIs404) {
  Routes routes;
  EXPECT_EQ(answer_to(routes, "/"), "404");
  Named scep("scep");
  routes.replace(RouteTable().prefix("/scep", scep));
  EXPECT_EQ(answer_to(routes, "/other"), "404");
  EXPECT_EQ(answer_to(routes, "/scep"), "scep");
  routes.replace({});
  EXPECT_EQ(answer_to(routes, "/scep"), "404");
}

TEST(Routes, AReplacedHandlerCanGo) {
  Routes routes;
  std::atomic<bool> stop{false};
  std::thread caller([&] {
    while (!stop) {
      const auto name = answer_to(routes, "/a");
      EXPECT_TRUE(name == "404" || name == "short-lived") << name;
    }
  });
  for (int i = 0; i < 200; ++i) {
    Named handler("short-lived");
    routes.replace(RouteTable().exact("/a", handler));
    EXPECT_EQ(answer_to(routes, "/a"), "short-lived");
    routes.replace({});
  }
  stop = true;
  caller.join();
}

}  // namespace
}  // namespace certconnector::http::testing
