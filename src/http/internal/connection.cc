#include "http/internal/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <exception>

#include "http/internal/ticket.h"

namespace greenroom {
namespace {

namespace asio = boost::asio;
using ErrorCodeOf = boost::system::error_code;

constexpr size_t kFirstBuffer = 2u << 10;
constexpr size_t kLargestBuffer = 64u << 10;
constexpr size_t kLingerBytes = 4u << 20;
constexpr std::chrono::seconds kLingerTime{5};

RequestLimits LimitsOf(const HttpServerOptions& options) {
  return {options.request_line_limit, options.header_limit, options.header_count_limit, options.body_limit};
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Connection::Connection(EventLoop& loop, asio::ip::tcp::socket socket, std::string address, bool counted)
    : loop_(loop),
      socket_(std::move(socket)),
      address_(std::move(address)),
      counted_(counted),
      parser_(LimitsOf(loop.state().options)),
      stamp_(std::chrono::steady_clock::now()) {}

void Connection::Start() {
  ErrorCodeOf ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  StartRead();
}

void Connection::StartRead() {
  if (reading_ || phase_ == Phase::kClosed) return;
  if (in_begin_ > 0) {
    std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  // A full buffer means a busy peer: read more at once. An unconsumed line never outgrows the largest buffer, because
  // the limits of the parser are below it or the buffer grows with them.
  if (in_end_ == in_.size()) in_.resize(std::max(kFirstBuffer, in_.size() * 2));
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(in_.data() + in_end_, in_.size() - in_end_),
      [self = shared_from_this()](const ErrorCodeOf& error, size_t count) { self->OnRead(error, count); });
}

void Connection::OnRead(const ErrorCodeOf& error, size_t count) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error) {
    // A client that closed only its sending side still gets the answer that is under way; a stream has no end of its
    // own, so there the same sign means that nobody listens.
    const bool answering = (phase_ == Phase::kRunning || phase_ == Phase::kWriting) && error == asio::error::eof;
    if (answering && !answer_.stream())
      keep_alive_ = false;
    else
      Close();
    return;
  }
  stamp_ = std::chrono::steady_clock::now();
  if (phase_ == Phase::kLingering) {
    lingered_ += count;
    if (lingered_ > kLingerBytes) return Close();
    return StartRead();
  }
  in_end_ += count;
  if (phase_ == Phase::kReading)
    Pump();
  else if (phase_ == Phase::kStreaming && in_end_ - in_begin_ < kLargestBuffer)
    StartRead();
}

void Connection::Pump() {
  pumping_ = true;
  while (phase_ == Phase::kReading) {
    in_begin_ += parser_.Feed(unread());
    if (parser_.state() == RequestParser::State::kFailed) {
      Fail(parser_.failure());
    } else if (parser_.state() == RequestParser::State::kHeadComplete) {
      OnHead();
    } else if (parser_.state() == RequestParser::State::kComplete) {
      Dispatch();
    } else {
      if (parser_.started() && !head_begun_) {
        head_begun_ = true;
        part_since_ = stamp_;
      }
      break;
    }
  }
  pumping_ = false;
  if (in_begin_ == in_end_ && !reading_) {
    in_begin_ = in_end_ = 0;
    if (phase_ == Phase::kReading && !parser_.started() && in_.size() > kFirstBuffer) {
      in_.resize(kFirstBuffer);
      in_.shrink_to_fit();
    } else if (parser_.state() == RequestParser::State::kBody && in_.size() < kLargestBuffer) {
      in_.resize(kLargestBuffer);
    }
  }
  if (phase_ == Phase::kReading) StartRead();
}

void Connection::OnHead() {
  HttpRequest& request = parser_.request();
  const HttpServerOptions& options = loop_.state().options;
  const std::string_view sent_id = request.headers.Get("X-Request-Id");
  request_id_ = IsValidRequestId(sent_id) ? std::string(sent_id) : loop_.NextRequestId();
  request.request_id = request_id_;
  request.remote_address = address_;
  head_request_ = request.method == "HEAD";
  http10_ = parser_.http10();
  keep_alive_ = request.keep_alive;
  std::shared_ptr<BodySink> sink;
  if (options.body_sink_for) {
    Result<std::shared_ptr<BodySink>> made = options.body_sink_for(request);
    if (!made.ok()) return Fail({HttpStatus(made.error()), made.error().reason, made.error().message});
    sink = std::move(made).value();
  }
  const bool has_body = parser_.has_body();
  const size_t limit = has_body && options.body_limit_for ? options.body_limit_for(request) : options.body_limit;
  parser_.AcceptBody(limit, std::move(sink));
  part_since_ = stamp_;
  head_begun_ = true;
  if (parser_.state() == RequestParser::State::kBody && parser_.expects_continue() && unread().empty()) {
    // 25 bytes into an empty socket buffer; a client that cannot take them fails at the answer.
    ErrorCodeOf ignored;
    socket_.write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
  }
}

void Connection::Dispatch() {
  ServerState& state = loop_.state();
  phase_ = Phase::kRunning;
  ++serial_;
  ++state.requests;
  ++state.running;
  std::shared_ptr<HttpRequest> request = parser_.TakeRequest();
  request->deadline = stamp_ + state.options.request_timeout;
  auto ticket =
      std::make_shared<Ticket>(loop_.shared_from_this(), weak_from_this(), serial_, state.options.version, request_id_);
  // The last net for exceptions of libraries: the process must survive any one request.
  try {
    state.handler(std::move(request), [ticket](HttpResponse response) { ticket->Answer(std::move(response)); });
  } catch (const std::exception&) {
    ticket->Fail("the request could not be handled");
  }
}

void Connection::OnResponse(uint64_t serial, HttpResponse response) {
  if (serial != serial_ || phase_ != Phase::kRunning) {
    if (response.stream) response.stream->Abandon();
    return;
  }
  --loop_.state().running;
  Send(std::move(response));
}

void Connection::Fail(const HttpFailure& failure) {
  ++loop_.state().refused;
  if (request_id_.empty()) request_id_ = loop_.NextRequestId();
  keep_alive_ = false;
  linger_ = true;
  ++serial_;
  Send(FailureResponse(failure, loop_.state().options.version, request_id_));
}

BodyFraming Connection::ChooseFraming(const HttpResponse& response) const {
  if (!HasBody(response.status)) return BodyFraming::kNone;
  if (!response.stream) return BodyFraming::kLength;
  return http10_ ? BodyFraming::kUntilClose : BodyFraming::kChunked;
}

void Connection::Send(HttpResponse response) {
  phase_ = Phase::kWriting;
  const BodyFraming framing = ChooseFraming(response);
  if (framing == BodyFraming::kUntilClose || loop_.state().draining) keep_alive_ = false;
  ResponseHead head{framing, response.source ? response.source->size() : response.body.size(), loop_.date(),
                    request_id_};
  if (!keep_alive_)
    head.connection = ResponseHead::Connection::kClose;
  else if (http10_)
    head.connection = ResponseHead::Connection::kKeepAlive;
  const bool head_only = framing == BodyFraming::kNone || head_request_;
  answer_.Begin(std::move(response), head, head_only ? OutgoingAnswer::Body::kLeftOut : OutgoingAnswer::Body::kSent);
  if (answer_.stream()) {
    answer_.stream()->Attach([loop = loop_.shared_from_this(), self = weak_from_this(), serial = serial_] {
      asio::post(loop->io(), [self, serial] {
        if (auto connection = self.lock()) connection->OnStreamReady(serial);
      });
    });
  }
  Flush();
}

void Connection::Flush() {
  const auto self = shared_from_this();
  while (phase_ == Phase::kWriting) {
    if (!WriteSome() || !Refill()) return;
  }
}

// False when the socket is full (a wait is under way) or the connection broke.
bool Connection::WriteSome() {
  while (!answer_.bytes().empty()) {
    ErrorCodeOf error;
    const size_t count = socket_.write_some(asio::buffer(answer_.bytes()), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      AwaitRoom();
      return false;
    }
    if (error) {
      Close();
      return false;
    }
    answer_.Written(count);
    if (!answer_.bytes().empty()) stamp_ = std::chrono::steady_clock::now();
  }
  return true;
}

void Connection::AwaitRoom() {
  if (waiting_to_write_) return;
  waiting_to_write_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](const ErrorCodeOf& failed) {
    self->waiting_to_write_ = false;
    if (failed)
      self->Close();
    else
      self->Flush();
  });
}

// Gets the next bytes of the answer. False when there are none now or never.
bool Connection::Refill() {
  switch (answer_.Refill()) {
    case OutgoingAnswer::Next::kBytes:
      return true;
    case OutgoingAnswer::Next::kLater:
      phase_ = Phase::kStreaming;
      if (in_end_ - in_begin_ < kLargestBuffer) StartRead();
      return false;
    case OutgoingAnswer::Next::kBroken:
      Close();
      return false;
    case OutgoingAnswer::Next::kDone:
      FinishResponse();
      return false;
  }
  return false;
}

void Connection::OnStreamReady(uint64_t serial) {
  if (serial != serial_) return;
  // The socket may be full for long; a client that is too slow is cut off without waiting for it.
  if (answer_.stream() && answer_.stream()->overflowed()) return Close();
  if (phase_ != Phase::kStreaming) return;
  phase_ = Phase::kWriting;
  stamp_ = std::chrono::steady_clock::now();
  if (Refill()) Flush();
}

void Connection::FinishResponse() {
  answer_.Release();
  if (linger_) return Linger();
  if (!keep_alive_) return Close();
  parser_.Reset();
  request_id_.clear();
  head_begun_ = head_request_ = http10_ = false;
  phase_ = Phase::kReading;
  if (!pumping_) {
    stamp_ = std::chrono::steady_clock::now();
    Pump();
  }
}

void Connection::Linger() {
  ErrorCodeOf ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  phase_ = Phase::kLingering;
  stamp_ = part_since_ = std::chrono::steady_clock::now();
  in_begin_ = in_end_ = 0;
  StartRead();
}

void Connection::Sweep(TimePoint now) {
  const HttpServerOptions& options = loop_.state().options;
  if (phase_ == Phase::kReading && parser_.state() == RequestParser::State::kBody) {
    const double elapsed = std::chrono::duration<double>(now - part_since_).count();
    const bool slow = now - part_since_ > options.body_timeout &&
                      static_cast<double>(parser_.body_received()) < elapsed * static_cast<double>(options.body_rate);
    if (slow || now - stamp_ > options.body_timeout) Fail({408, "request_timeout", "the body came too slowly"});
  } else if (phase_ == Phase::kReading && head_begun_) {
    if (now - part_since_ > options.header_timeout) Fail({408, "request_timeout", "the head came too slowly"});
  } else if (phase_ == Phase::kReading) {
    if (now - stamp_ > options.keep_alive_timeout) Close();
  } else if (phase_ == Phase::kWriting) {
    if (now - stamp_ > options.write_timeout) Close();
  } else if (phase_ == Phase::kLingering) {
    if (now - part_since_ > kLingerTime) Close();
  }
}

void Connection::Drain() {
  keep_alive_ = false;
  if (phase_ == Phase::kReading && !head_begun_) return Close();
  if (phase_ == Phase::kLingering) return Close();
  if (answer_.stream()) answer_.stream()->Close();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  const auto self = shared_from_this();
  if (phase_ == Phase::kRunning) --loop_.state().running;
  phase_ = Phase::kClosed;
  ErrorCodeOf ignored;
  socket_.close(ignored);
  answer_.Release();
  loop_.Forget(this);
}

}  // namespace greenroom
