// Gunzip: the plain bytes of one gzip stream, with the limits counted as they come out.
//
//   auto gunzip = Gunzip::Create(chunks, limits);
//   GR_ASSIGN(size_t count, gunzip->Read(buffer, sizeof buffer));   // less than asked for: the end, checked
//   GR_TRY(gunzip->ExpectEnd());                                    // nothing behind it in the file
//
// Exactly one layer is taken off: a gzip stream inside is data. Memory: 64 KiB and zlib's window.
// Errors (kInvalidArgument): model_not_an_archive (no gzip head), model_truncated, archive_corrupt (bad codes,
// checksum, length), trailing_data; (kExhausted): model_too_large, compression_ratio; and those of the chunks. Thread
// rules: one owner.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "archive/limits.h"
#include "base/result.h"

namespace greenroom {

// The next bytes of a file, "" at its end. The view holds until the next call.
using ChunkSource = std::function<Result<std::string_view>()>;

// All of `bytes`, once; they must outlive the source.
ChunkSource ChunksOf(std::string_view bytes);
// A regular file in chunks of 64 KiB.
Result<ChunkSource> ChunksOfFile(const std::string& path);

class Gunzip {
 public:
  static std::unique_ptr<Gunzip> Create(ChunkSource source, const ArchiveLimits& limits);
  virtual ~Gunzip() = default;
  // Fills `out`; fewer bytes than `size` only at the end of the stream.
  virtual Result<size_t> Read(char* out, size_t size) = 0;
  // After Read came to the end: the file must end too.
  virtual Result<void> ExpectEnd() = 0;
  // Bytes that came out until now.
  virtual uint64_t unpacked() const = 0;
};

}  // namespace greenroom
