// Many requests over a few kept HTTP/1.1 connections, and how long each took.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/result/result.h"

namespace certconnector::bench {

struct Target {
  std::string host;
  std::string port;
  std::string path;
};
// "http://HOST:PORT/PATH". Errors: malformed.
[[nodiscard]] Result<Target> parse_target(const std::string& url);

struct LoadSettings {
  Target target;
  std::string query;  // "operation=..."
  std::size_t requests = 1000;
  std::size_t connections = 1;
  // A burst: as many connections as requests, each opened for one, all at the same moment.
  bool at_once = false;
  // The body of the nth request; nothing set: a GET. Called by many threads.
  std::function<std::string(std::size_t)> body;
  // Sees every answer, by many threads at once.
  std::function<void(std::size_t, std::string)> answer;
};

struct LoadResult {
  std::vector<double> latency_ms;  // of each request, its connection's making included
  double wall_ms = 0;
  std::size_t refused = 0;      // answers other than 200
  std::size_t connections = 0;  // as many as asked for where the server keeps them
  std::size_t lost = 0;         // of a burst: connections that were refused or broke
};

// A thread for each connection; each takes the next request when it has its answer. A connection
// that the server closes is made anew. Errors: unreachable, which a burst counts instead.
[[nodiscard]] Result<LoadResult> run_load(const LoadSettings& settings);

}  // namespace certconnector::bench
