#include "archive/archive_reader.h"

#include <algorithm>
#include <array>

#include "archive/member_name.h"
#include "archive/tar_header.h"

namespace greenroom {
namespace {

Error Refused(const char* reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

std::string TypeName(char type) {
  switch (type) {
    case '1':
      return "a hard link";
    case '2':
      return "a symbolic link";
    case '3':
    case '4':
      return "a device";
    case '6':
      return "a pipe";
    case 'S':
      return "a sparse file";
    default:
      return "of an unknown type";
  }
}

class Walk {
 public:
  Walk(ChunkSource source, const std::set<std::string>& wanted, const ArchiveLimits& limits)
      : gunzip_(Gunzip::Create(std::move(source), limits)), wanted_(wanted), limits_(limits) {}

  Result<ArchiveContents> Run() {
    while (true) {
      GR_ASSIGN(bool more, NextBlock());
      if (!more) return Refused("model_truncated", "the archive has no end");
      if (IsZeroBlock(Block())) break;
      GR_ASSIGN(TarHeader header, ParseTarHeader(Block()));
      GR_TRY(Take(std::move(header)));
    }
    GR_TRY(FinishPadding());
    GR_TRY(gunzip_->ExpectEnd());
    contents_.unpacked = gunzip_->unpacked();
    return std::move(contents_);
  }

 private:
  std::string_view Block() const { return {block_.data(), block_.size()}; }

  // False at the clean end of the stream.
  Result<bool> NextBlock() {
    GR_ASSIGN(size_t count, gunzip_->Read(block_.data(), block_.size()));
    if (count == 0) return false;
    if (count < block_.size()) return Refused("model_truncated", "the archive ends in the middle of a block");
    return true;
  }

  Result<void> Take(TarHeader header) {
    if (header.type == 'x' || header.type == 'g' || header.type == 'L') return TakeExtension(header);
    // A v7 folder is a file whose name ends in a slash.
    bool folder = header.type == '5' || (header.type == '0' && header.name.ends_with('/'));
    if ((header.type != '0' && !folder) || pax_.sparse) {
      return Refused("member_type_not_allowed", "the archive has a member that is " +
                                                    TypeName(pax_.sparse ? 'S' : header.type) +
                                                    "; only files and folders are allowed");
    }
    if (long_name_) header.name = *long_name_;
    if (pax_.path) header.name = *pax_.path;
    if (pax_.size) header.size = *pax_.size;
    pax_ = PaxRecords();
    long_name_.reset();
    GR_ASSIGN(std::string name, CheckMemberName(header.name, limits_.name));
    GR_TRY(Count(name, folder));
    if (folder && header.size != 0) return Refused("bad_header", "the archive has a folder with content");
    if (folder) return {};
    return TakeFile(name, header.size);
  }

  Result<void> Count(const std::string& name, bool folder) {
    if (++members_ > limits_.members) {
      return Error{ErrorCode::kExhausted, "too_many_members",
                   "the archive has more than " + std::to_string(limits_.members) + " members"};
    }
    if (name.empty() && folder) return {};  // the folder of the archive itself
    if (name.empty()) return Refused("bad_member_path", "the archive has a file without a name");
    if (!seen_.insert(MemberKey(name)).second) {
      return Refused("duplicate_member", "the archive has two members named `" + name + "`");
    }
    return {};
  }

  Result<void> TakeFile(const std::string& name, uint64_t size) {
    ++contents_.files;
    size_t dot = name.rfind('.');
    if (dot != std::string::npos && name.find('/', dot) == std::string::npos && contents_.endings.size() < 64)
      contents_.endings.insert(name.substr(dot));
    if (!wanted_.contains(name)) return ReadContent(size, nullptr);
    if (size > limits_.kept_member) return Refused("bad_metadata", "`" + name + "` is larger than the limit");
    return ReadContent(size, &contents_.kept[name]);
  }

  Result<void> TakeExtension(const TarHeader& header) {
    if (header.size > limits_.pax_header) return Refused("bad_header", "the archive has an extended header too large");
    if (++extensions_ > 2 * limits_.members + 2)
      return Refused("bad_header", "the archive has too many extended headers");
    std::string content;
    GR_TRY(ReadContent(header.size, &content));
    if (header.type == 'L') {
      long_name_ = content.substr(0, content.find('\0'));
      return {};
    }
    GR_ASSIGN(PaxRecords records, ParsePaxRecords(content));
    // A global path or size would hold for every member: no writer means that.
    if (header.type == 'g' && (records.path || records.size || records.sparse))
      return Refused("bad_header", "the archive has a global header that names members");
    if (header.type == 'x') pax_ = std::move(records);
    return {};
  }

  // Reads in small pieces: the size in a header costs nothing before the bytes are there.
  Result<void> ReadContent(uint64_t size, std::string* kept) {
    std::array<char, 16 * kTarBlock> buffer;
    while (size > 0) {
      size_t blocks = static_cast<size_t>(std::min<uint64_t>((size - 1) / kTarBlock + 1, 16));
      GR_ASSIGN(size_t count, gunzip_->Read(buffer.data(), blocks * kTarBlock));
      if (count < blocks * kTarBlock) return Refused("model_truncated", "the archive ends in the middle of a member");
      size_t used = static_cast<size_t>(std::min<uint64_t>(size, count));
      if (kept) kept->append(buffer.data(), used);
      size -= used;
    }
    return {};
  }

  // Writers fill up to their record size with zero blocks.
  Result<void> FinishPadding() {
    while (true) {
      GR_ASSIGN(size_t count, gunzip_->Read(block_.data(), block_.size()));
      if (!IsZeroBlock(Block().substr(0, count)))
        return Refused("trailing_data", "there is something behind the end of the archive");
      if (count < block_.size()) return {};
    }
  }

  std::unique_ptr<Gunzip> gunzip_;
  const std::set<std::string>& wanted_;
  const ArchiveLimits limits_;
  std::array<char, kTarBlock> block_{};
  PaxRecords pax_;
  std::optional<std::string> long_name_;
  size_t members_ = 0, extensions_ = 0;
  std::set<std::string> seen_;
  ArchiveContents contents_;
};

}  // namespace

Result<ArchiveContents> ReadArchive(ChunkSource source, const std::set<std::string>& wanted,
                                    const ArchiveLimits& limits) {
  return Walk(std::move(source), wanted, limits).Run();
}

}  // namespace greenroom
