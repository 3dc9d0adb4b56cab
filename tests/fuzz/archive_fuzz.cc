// The reader of foreign archives. An input that begins with the two bytes of gzip goes in as it stands; anything else
// is taken for a tar stream and packed here, so that mutations get past the checksum of gzip. Headers are given right
// sums.
#include <zlib.h>

#include <cstdint>
#include <cstdio>

#include "archive/rasa_model.h"
#include "archive/tar_header.h"
#include "base/check.h"

namespace greenroom {
namespace {

std::string Pack(std::string_view bytes) {
  z_stream stream{};
  CHECK(::deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib packs");
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

// Every block that may be a header gets the sum it should have: any block with digits where the sum stands.
std::string SumHeaders(std::string_view input) {
  std::string bytes(input);
  for (size_t at = 0; at + kTarBlock <= bytes.size(); at += kTarBlock) {
    if (bytes[at + 148] < '0' || bytes[at + 148] > '7') continue;
    unsigned sum = 0;
    for (size_t i = 0; i < kTarBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(bytes[at + i]);
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum);
    bytes.replace(at + 148, 8, std::string(text, 6) + std::string("\0 ", 2));
  }
  return bytes;
}

void Check(std::string_view bytes) {
  ArchiveLimits limits;
  limits.unpacked = 16u << 20;
  const auto model = InspectRasaModel(ChunksOf(bytes), limits);
  if (!model.ok()) {
    CHECK(!model.error().reason.empty(), "a refusal has a reason");
    CHECK(model.error().message.find('\n') == std::string::npos, "a refusal is one line");
    return;
  }
  CHECK(model->unpacked <= limits.unpacked, "limits hold");
  CHECK(model->files <= limits.members, "limits hold");
  CHECK(model->rasa_version.starts_with("2.") || model->rasa_version.starts_with("3."), "only these are taken");
  CHECK(!DescribeRasaModel(*model).Dump().empty(), "what was taken can be described");
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (LooksLikeGzip(input)) {
    Check(input);
  } else {
    Check(Pack(SumHeaders(input)));
  }
  return 0;
}
