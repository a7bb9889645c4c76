#include "common/http/reply_gate.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace certconnector::http {

ReplyGate::ReplyGate(boost::asio::io_context& io, Deliver deliver)
    : deliver_(std::move(deliver)), io_(&io) {}

Reply ReplyGate::reply_to(RequestId request) {
  return Reply([gate = shared_from_this(), request](Response response) {
    gate->send(request, std::move(response));
  });
}

void ReplyGate::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void ReplyGate::send(RequestId to, Response response) {
  {
    const std::lock_guard lock(mutex_);
    if (io_ == nullptr) return;
    if (!io_->get_executor().running_in_this_thread()) {
      boost::asio::post(*io_,
                        [gate = shared_from_this(), to, response = std::move(response)]() mutable {
                          gate->deliver_(to, std::move(response));
                        });
      return;
    }
  }
  deliver_(to, std::move(response));
}

}  // namespace certconnector::http
