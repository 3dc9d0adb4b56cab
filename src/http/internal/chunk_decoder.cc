#include "http/internal/chunk_decoder.h"

#include <algorithm>
#include <cctype>

#include "http/internal/syntax.h"

namespace greenroom {
namespace {

constexpr uint64_t kBadChunkSize = ~uint64_t{0};
constexpr uint64_t kLargestChunk = uint64_t{1} << 48;
constexpr size_t kChunkLineLimit = 16 + 256;
constexpr size_t kTrailerLimit = 8u << 10;

// The size at the start of a chunk line.
uint64_t ParseChunkSize(std::string_view line) {
  uint64_t size = 0;
  size_t digits = 0;
  for (; digits < line.size() && std::isxdigit(static_cast<unsigned char>(line[digits])); ++digits) {
    const char c = line[digits];
    size = size * 16 + static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    if (size > kLargestChunk) return kBadChunkSize;
  }
  if (digits == 0 || digits > 16 || (digits < line.size() && line[digits] != ';')) return kBadChunkSize;
  return size;
}

}  // namespace

size_t ChunkDecoder::LineLimit() const {
  if (part_ == Part::kSize) return kChunkLineLimit;
  return part_ == Part::kDataEnd ? 0 : kTrailerLimit - trailer_bytes_;
}

ChunkDecoder::Step ChunkDecoder::Next(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (part_ == Part::kData) {
    const size_t take = static_cast<size_t>(std::min<uint64_t>(bytes.size(), left_));
    left_ -= take;
    if (left_ == 0) part_ = Part::kDataEnd;
    return {.kind = Kind::kData, .used = take, .data = bytes.substr(0, take)};
  }
  const Line line = FindLine(bytes, Alphabet::kHeaderLine, LineLimit());
  if (line.state == LineState::kPartial) return {};
  if (line.state != LineState::kWhole) return {.kind = Kind::kBadLine};
  Step step = TakeLine(line.text);
  step.used = line.text.size() + 2;
  return step;
}

ChunkDecoder::Step ChunkDecoder::TakeLine(std::string_view line) {
  if (part_ == Part::kTrailer) return TakeTrailer(line);
  if (part_ == Part::kDataEnd) {
    part_ = Part::kSize;
    return {.kind = Kind::kSkipped};
  }
  left_ = ParseChunkSize(line);
  if (left_ == kBadChunkSize) return {.kind = Kind::kBadSize};
  part_ = left_ == 0 ? Part::kTrailer : Part::kData;
  return {.kind = Kind::kSize, .size = left_};
}

ChunkDecoder::Step ChunkDecoder::TakeTrailer(std::string_view line) {
  if (line.empty()) return {.kind = Kind::kEnd};
  trailer_bytes_ = std::min(trailer_bytes_ + line.size() + 2, kTrailerLimit);
  const size_t colon = std::min(line.find(':'), line.size());
  const bool sound = colon < line.size() && IsToken(line.substr(0, colon));
  return {.kind = sound ? Kind::kSkipped : Kind::kBadTrailer};
}

}  // namespace greenroom
