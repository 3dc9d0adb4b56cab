#include "http/internal/outgoing_answer.h"

namespace greenroom {
namespace {

constexpr size_t kCopyLimit = 16u << 10;

}  // namespace

void OutgoingAnswer::Begin(HttpResponse response, const ResponseHead& head, Body body) {
  out_.clear();
  at_ = 0;
  AppendResponseHead(response, head, out_);
  if (body == Body::kLeftOut) {
    if (response.stream) response.stream->Abandon();
    return;
  }
  chunked_ = head.framing == BodyFraming::kChunked;
  if (chunked_)
    AppendChunk(response.body, out_);
  else if (response.source)
    source_left_ = response.source->size();
  else if (response.body.size() <= kCopyLimit)
    out_.append(response.body);
  else
    large_body_ = std::move(response.body);
  source_ = std::move(response.source);
  stream_ = std::move(response.stream);
}

OutgoingAnswer::Next OutgoingAnswer::Refill() {
  at_ = 0;
  if (!large_body_.empty()) {
    out_ = std::move(large_body_);
    large_body_.clear();
    return Next::kBytes;
  }
  out_.clear();
  if (stream_) return RefillFromStream();
  if (source_ && source_left_ > 0) return RefillFromSource();
  return Next::kDone;
}

OutgoingAnswer::Next OutgoingAnswer::RefillFromStream() {
  ResponseStream::Pending pending = stream_->Take();
  if (pending.overflow) return Next::kBroken;
  if (chunked_)
    AppendChunk(pending.bytes, out_);
  else
    out_ = std::move(pending.bytes);
  if (pending.last) {
    if (chunked_) out_.append("0\r\n\r\n");
    ReleaseStream();
    return Next::kBytes;
  }
  return out_.empty() ? Next::kLater : Next::kBytes;
}

OutgoingAnswer::Next OutgoingAnswer::RefillFromSource() {
  Result<std::string> piece = source_->Next();
  if (!piece.ok() || piece->empty() || piece->size() > source_left_) return Next::kBroken;
  source_left_ -= piece->size();
  out_ = std::move(piece).value();
  return Next::kBytes;
}

void OutgoingAnswer::Release() {
  ReleaseStream();
  source_.reset();
}

// Its callbacks may look at this answer again: it is gone from here before they run.
void OutgoingAnswer::ReleaseStream() {
  const std::shared_ptr<ResponseStream> stream = std::move(stream_);
  stream_.reset();
  if (stream) stream->Abandon();
}

}  // namespace greenroom
