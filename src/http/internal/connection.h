// One accepted connection: read a request, hand it out, write the answer, repeat. All members run on the loop's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "http/internal/event_loop.h"
#include "http/internal/outgoing_answer.h"
#include "http/request_parser.h"

namespace greenroom {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(EventLoop& loop, boost::asio::ip::tcp::socket socket, std::string address, bool counted);

  void Start();
  // The answer to request number `serial`; ignored when it is not the one that runs.
  void OnResponse(uint64_t serial, HttpResponse response);
  // More bytes wait in the stream of answer `serial`.
  void OnStreamReady(uint64_t serial);
  // Applies the time limits.
  void Sweep(TimePoint now);
  // Closes it when idle, and ends an open stream.
  void Drain();
  void Close();
  const std::string& address() const { return address_; }
  // Whether it takes part in the limit per address.
  bool counted() const { return counted_; }

 private:
  // kLingering: all is said, and what the client still sends is read and dropped, since closing with unread bytes would
  // reset the connection and could destroy the answer on its way.
  enum class Phase { kReading, kRunning, kWriting, kStreaming, kLingering, kClosed };

  void StartRead();
  void OnRead(const boost::system::error_code& error, size_t count);
  void Pump();
  void OnHead();
  void Dispatch();
  void Fail(const HttpFailure& failure);
  void Send(HttpResponse response);
  BodyFraming ChooseFraming(const HttpResponse& response) const;
  void Flush();
  bool WriteSome();
  void AwaitRoom();
  bool Refill();
  void FinishResponse();
  void Linger();
  std::string_view unread() const { return std::string_view(in_.data() + in_begin_, in_end_ - in_begin_); }

  EventLoop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string address_;
  bool counted_;
  RequestParser parser_;
  std::vector<char> in_;
  size_t in_begin_ = 0;
  size_t in_end_ = 0;
  bool reading_ = false;
  bool pumping_ = false;
  bool waiting_to_write_ = false;
  Phase phase_ = Phase::kReading;
  TimePoint stamp_;       // of the last byte in either direction
  TimePoint part_since_;  // when the head, or the body, that is being read began
  bool head_begun_ = false;

  uint64_t serial_ = 0;
  std::string request_id_;
  bool head_request_ = false;
  bool http10_ = false;
  bool keep_alive_ = true;
  bool linger_ = false;
  size_t lingered_ = 0;

  OutgoingAnswer answer_;
};

}  // namespace greenroom
