// How much a foreign archive may ask for. Everything is counted while it is read, never believed from a header.
// Thread rules: plain values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace greenroom {

struct ArchiveLimits {
  uint64_t packed = 1ull << 30;    // bytes of the file; model_too_large
  uint64_t unpacked = 4ull << 30;  // bytes that come out of it, headers included; model_too_large
  uint64_t ratio = 200;            // unpacked to packed, once `ratio_free` bytes came out; compression_ratio
  uint64_t ratio_free = 1u << 20;
  size_t members = 10'000;          // files and folders; too_many_members
  size_t name = 255;                // bytes of a member's name; member_name_too_long
  size_t pax_header = 64u << 10;    // bytes of an extended header; bad_header
  size_t kept_member = 16u << 20;   // bytes of a member that is read into memory; bad_metadata
  size_t metadata_nodes = 500'000;  // values in the metadata; bad_metadata
};

}  // namespace greenroom
