// ChunkDecoder: the chunked coding of RFC 9112, 7.1, taken apart step by step. Requests and answers share it; each says
// in its own words what is wrong. Pure: no sockets, no buffers.
//
//   ChunkDecoder chunks;
//   ChunkDecoder::Step step = chunks.Next(bytes);    // then again with the bytes after step.used
//
// However the bytes are cut, the steps add up to the same. Chunk extensions and trailers are read and dropped.
#pragma once

#include <cstdint>
#include <string_view>

namespace greenroom {

class ChunkDecoder {
 public:
  // kPartial: more bytes are needed. kSize: a chunk of `size` bytes begins; what of it is too large the caller decides.
  // kData: `data` belongs to the body. kEnd: the body is complete. The last three are malformed, as their names say.
  enum class Kind { kPartial, kSize, kData, kSkipped, kEnd, kBadLine, kBadSize, kBadTrailer };
  struct Step {
    Kind kind = Kind::kPartial;
    size_t used = 0;
    std::string_view data = {};
    uint64_t size = 0;
  };

  // Not to be called again after kEnd or a malformed step.
  Step Next(std::string_view bytes);

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer };

  size_t LineLimit() const;
  Step TakeLine(std::string_view line);
  Step TakeTrailer(std::string_view line);

  Part part_ = Part::kSize;
  uint64_t left_ = 0;  // of the chunk
  size_t trailer_bytes_ = 0;
};

}  // namespace greenroom
