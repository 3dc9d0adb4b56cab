// The 512-byte header of a tar member (v7, ustar, GNU) and the records of a pax extended header, read strictly.
//
// Formats: POSIX.1-2017 `pax`, sections "ustar Interchange Format" and "pax Extended Header"; numbers in base 256 and
// names in `L` members as GNU tar writes them.
// Errors (kInvalidArgument): bad_header (checksum, number, record). Thread rules: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

constexpr size_t kTarBlock = 512;

struct TarHeader {
  std::string name;  // prefix and name joined
  char type = '0';   // the type flag as it stands; '\0' is '0'
  uint64_t size = 0;
};

// `block` has kTarBlock bytes.
Result<TarHeader> ParseTarHeader(std::string_view block);
bool IsZeroBlock(std::string_view block);

// What pax records change about the next member.
struct PaxRecords {
  std::optional<std::string> path;
  std::optional<uint64_t> size;
  bool sparse = false;  // records of GNU's sparse files
};
Result<PaxRecords> ParsePaxRecords(std::string_view records);

}  // namespace greenroom
