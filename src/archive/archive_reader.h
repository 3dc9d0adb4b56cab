// ReadArchive: walks a .tar.gz once, checks everything about it, and gives the contents of a few named members. Nothing
// is ever unpacked to a disk.
//
//   GR_ASSIGN(ArchiveContents contents, ReadArchive(ChunksOf(bytes), {"metadata.json"}, {}));
//   contents.kept["metadata.json"]
//
// Accepted are regular files and folders, in v7, ustar, GNU and pax form; owners, modes and times are ignored. Any
// other type refuses the whole archive, as does what gunzip.h, tar_header.h and member_name.h refuse, a name that
// occurs twice (duplicate_member), anything but zeros behind the end blocks (trailing_data) and a member that ends
// early (model_truncated). Memory: the kept members and the names. Thread rules: a pure function but for its source.
#pragma once

#include <map>
#include <set>
#include <string>

#include "archive/gunzip.h"

namespace greenroom {

struct ArchiveContents {
  std::map<std::string, std::string> kept;  // name to content
  size_t files = 0;
  uint64_t unpacked = 0;          // bytes, headers included
  std::set<std::string> endings;  // of the files, with dot: ".json", ".pkl"
};

Result<ArchiveContents> ReadArchive(ChunkSource source, const std::set<std::string>& wanted,
                                    const ArchiveLimits& limits);

}  // namespace greenroom
