// Ticket: the right to answer one request, once. It finds the way back to the connection from any thread, and answers
// 500 when the handler lets go of its request without an answer. It may outlive the server, so it keeps what it needs.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "http/internal/event_loop.h"

namespace greenroom {

class Ticket {
 public:
  Ticket(std::shared_ptr<EventLoop> loop, std::weak_ptr<Connection> connection, uint64_t serial, std::string version,
         std::string request_id)
      : loop_(std::move(loop)),
        connection_(std::move(connection)),
        serial_(serial),
        version_(std::move(version)),
        request_id_(std::move(request_id)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!used_) Fail("the request was not answered");
  }

  void Answer(HttpResponse response) {
    if (!used_.exchange(true)) loop_->Deliver(connection_, serial_, std::move(response));
  }
  void Fail(const char* why) { Answer(FailureResponse(HttpFailure{500, "internal", why}, version_, request_id_)); }

 private:
  std::shared_ptr<EventLoop> loop_;
  std::weak_ptr<Connection> connection_;
  uint64_t serial_;
  std::string version_;
  std::string request_id_;
  std::atomic<bool> used_ = false;
};

}  // namespace greenroom
