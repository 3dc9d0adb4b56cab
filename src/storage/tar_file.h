// A tar file (POSIX: ustar, pax for long names) of regular files, written and read as one stream: the container of
// backups.
//
//   GR_ASSIGN(auto tar, TarWriter::Create("nightly.tar"));
//   GR_ASSIGN(TarMember member, tar->AddFile("models/a.grm", home + "/models/a.grm"));
//   GR_TRY(tar->Finish());                        // only now the file has its name
//
//   GR_ASSIGN(auto tar, TarReader::Open("nightly.tar"));
//   while (true) { GR_ASSIGN(auto name, tar->Next()); if (!name) break; GR_ASSIGN(auto member, tar->Read(sink)); }
//
// Any tar program reads what is written. The reader takes only what the writer writes: every header is made again from
// its name and size and must be equal byte for byte, padding must be zero, the end must be the end of the file. So no
// bit outside of the contents can change unnoticed; contents are covered by the digests that Read returns.
// Names are relative paths of at most 400 bytes without `.` and `..`.
// Errors: tar_corrupt (kDataLoss), tar_name (kInvalidArgument), file_in_use (kConflict: another process writes the same
// file), those of files.h.
// Thread rules: one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace greenroom {

struct TarMember {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;  // of the content, 64 hex digits
};

// True for names that a member may have: they stay below the folder they are unpacked in.
bool IsSafeMemberName(std::string_view name);

class TarWriter {
 public:
  // Writes beside `file` until Finish. Created readable by its owner only.
  static Result<std::unique_ptr<TarWriter>> Create(const std::string& file);
  // Not finished: nothing is left behind.
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // The file must keep its size while it is read; error file_changed otherwise.
  Result<TarMember> AddFile(const std::string& name, const std::string& path);
  Result<TarMember> AddBytes(const std::string& name, std::string_view bytes);
  // Ends the archive, brings it to disk and gives it its name, replacing what had it.
  Result<void> Finish();

 private:
  TarWriter(std::string file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  Result<void> Write(std::string_view bytes);
  Result<void> Pad(uint64_t bytes);

  std::string file_;
  int descriptor_;
  bool finished_ = false;
};

class TarReader {
 public:
  static Result<std::unique_ptr<TarReader>> Open(const std::string& file);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // Name of the next member, whose content must then be read; nullopt at the end.
  Result<std::optional<std::string>> Next();
  using Sink = std::function<Result<void>(std::string_view)>;
  // Hands the content to the sink in pieces of at most 256 KiB.
  Result<TarMember> Read(const Sink& sink);

 private:
  TarReader(std::string file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  Result<void> Fill(char* bytes, size_t count);
  Result<std::string> ReadBytes(size_t count);
  Result<void> ExpectZeros(size_t count);
  Error Corrupt(const std::string& what) const;

  std::string file_;
  int descriptor_;
  uint64_t offset_ = 0;  // of the file, for messages
  TarMember member_;
};

}  // namespace greenroom
