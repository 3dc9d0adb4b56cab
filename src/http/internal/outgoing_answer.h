// OutgoingAnswer: the bytes of one answer after the other, in pieces that a socket can take, from wherever they come: a
// head with a small body, a large body that is not copied, a stream that is still being written, a file. No sockets
// here.
//
//   answer.Begin(std::move(response), head, OutgoingAnswer::Body::kSent);
//   do {
//     while (!answer.bytes().empty()) answer.Written(write_some(answer.bytes()));
//   } while (answer.Refill() == OutgoingAnswer::Next::kBytes);
//
// Thread rules: of one connection, on its loop's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/internal/response_head.h"

namespace greenroom {

class OutgoingAnswer {
 public:
  // kLater: the stream is open and has nothing now. kBroken: the body cannot be finished, so the connection must end.
  enum class Next { kBytes, kLater, kDone, kBroken };
  // kLeftOut: only the head goes out, as for HEAD.
  enum class Body { kSent, kLeftOut };

  void Begin(HttpResponse response, const ResponseHead& head, Body body);
  // What is to be written next, until Written has counted all of it.
  std::string_view bytes() const { return std::string_view(out_).substr(at_); }
  void Written(size_t count) { at_ += count; }
  // Gets the next piece once all bytes are written.
  Next Refill();
  // The stream of the answer, nullptr when it has none or it ended.
  const std::shared_ptr<ResponseStream>& stream() const { return stream_; }
  // Lets go of stream and file, whether they ended or not.
  void Release();

 private:
  Next RefillFromStream();
  Next RefillFromSource();
  void ReleaseStream();

  std::string out_;
  size_t at_ = 0;
  std::string large_body_;
  bool chunked_ = false;
  std::shared_ptr<ResponseStream> stream_;
  std::shared_ptr<BodySource> source_;
  uint64_t source_left_ = 0;
};

}  // namespace greenroom
