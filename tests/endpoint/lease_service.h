// Leasing over the wire: lease with its long poll, acknowledge, extend.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "common/time/clock.h"
#include "tests/endpoint/faults.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/job_store.h"

namespace boost::asio {
class io_context;
}

namespace certconnector::endpoint {

class LeaseService {
 public:
  LeaseService(boost::asio::io_context& io, JobStore& jobs, Faults& faults, const Clock& clock);
  ~LeaseService();
  LeaseService(const LeaseService&) = delete;
  LeaseService& operator=(const LeaseService&) = delete;

  [[nodiscard]] Cancel lease(const std::string& agent_id, const nlohmann::json& body,
                             Respond respond);
  [[nodiscard]] Response acknowledge(const std::string& agent_id, const nlohmann::json& body);
  [[nodiscard]] Response extend(const std::string& agent_id, const nlohmann::json& body);

  // New jobs are there: waiting requests look again, the longest waiting first.
  void jobs_came();
  // Answers every waiting request now, and from now on at once.
  void stop();
  [[nodiscard]] std::size_t waiting() const { return polls_.size(); }

 private:
  struct Poll;

  // True when the poll was answered.
  bool try_answer(Poll& poll, bool last_chance);
  void arm(const std::shared_ptr<Poll>& poll);
  void on_timer(const std::shared_ptr<Poll>& poll);
  void finish(const std::shared_ptr<Poll>& poll);
  [[nodiscard]] std::string render(const std::string& agent_id, std::vector<LeasedJob> jobs);

  boost::asio::io_context& io_;
  JobStore& jobs_;
  Faults& faults_;
  const Clock& clock_;
  std::list<std::shared_ptr<Poll>> polls_;
  bool stopped_ = false;
};

}  // namespace certconnector::endpoint
