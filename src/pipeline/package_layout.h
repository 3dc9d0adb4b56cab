// The byte layout that the package writer and reader share (see package.h for the picture).
//
//   header:  magic, u32 format, u32 manifest length
//   manifest, zero bytes up to a multiple of 64
//   parts, each followed by zero bytes up to a multiple of 64; offsets count from the first part
//   tail:    u32 trailer length, SHA-256 (64 hex digits) of header, manifest and trailer, trailer (JSON) up to the end
//
// The digest in the tail finds damage to the bytes that no part digest covers. All lengths come from foreign files:
// arithmetic on them is 64 bit over 32-bit or bounded operands, or checked.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace greenroom {

static_assert(std::endian::native == std::endian::little, "packages are written as they lie in memory");

inline constexpr std::string_view kPackageMagic = "GRNMODEL";
inline constexpr uint64_t kPackageHeader = 16;  // bytes
inline constexpr uint64_t kPackageAlignment = 64;
inline constexpr uint64_t kPackageTailHeader = 68;
inline constexpr uint64_t kMaxManifestBytes = 16u << 20;
inline constexpr uint64_t kMaxTrailerBytes = 1u << 20;
inline constexpr uint64_t kMaxPackageBytes = 4ull << 30;
inline constexpr size_t kMaxPackageParts = 10'000;
inline constexpr size_t kMaxPartName = 255;

// The next multiple of 64. The caller has bounded `offset` by kMaxPackageBytes.
inline uint64_t AlignedOffset(uint64_t offset) {
  return (offset + kPackageAlignment - 1) / kPackageAlignment * kPackageAlignment;
}

inline uint32_t ReadU32(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline void AppendU32(std::string& out, uint32_t value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof value);
}

}  // namespace greenroom
