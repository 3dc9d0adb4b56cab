#include "storage/tar_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kPiece = 256 << 10;
constexpr size_t kShortName = 100, kLongName = 400;
constexpr char kFile = '0', kPax = 'x';
constexpr char kPaxName[] = "longname";
constexpr uint64_t kOctalLimit = 077777777777;  // 8 GiB - 1: eleven octal digits

using Header = std::array<char, kBlock>;

void Put(Header& header, size_t offset, std::string_view text) { text.copy(header.data() + offset, text.size()); }

void PutOctal(Header& header, size_t offset, size_t digits, uint64_t value) {
  for (size_t i = digits; i-- > 0; value >>= 3) header[offset + i] = static_cast<char>('0' + (value & 7));
}

// Larger sizes are binary with the top bit of the field set, as GNU tar writes them.
void PutSize(Header& header, uint64_t size) {
  if (size <= kOctalLimit) return PutOctal(header, 124, 11, size);
  header[124] = static_cast<char>(0x80);
  for (size_t i = 0; i < 8; ++i) header[135 - i] = static_cast<char>(size >> (8 * i));
}

uint64_t SizeOf(std::string_view header) {
  uint64_t size = 0;
  if (static_cast<unsigned char>(header[124]) == 0x80) {
    for (size_t i = 128; i < 136; ++i) size = size << 8 | static_cast<unsigned char>(header[i]);
    return size;
  }
  for (size_t i = 124; i < 135; ++i) size = size << 3 | static_cast<unsigned>(header[i] & 7);
  return size;
}

std::string FieldOf(const std::string& header, size_t offset, size_t length) {
  return {header.data() + offset, strnlen(header.data() + offset, length)};
}

size_t PaddingOf(uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

std::string MakeBlock(std::string_view name, uint64_t size, char type) {
  Header header{};
  Put(header, 0, name.substr(0, kShortName));
  PutOctal(header, 100, 7, 0600);
  PutOctal(header, 108, 7, 0);
  PutOctal(header, 116, 7, 0);
  PutSize(header, size);
  PutOctal(header, 136, 11, 0);
  header[156] = type;
  Put(header, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  Put(header, 148, "        ");
  uint64_t sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  PutOctal(header, 148, 6, sum);
  header[154] = '\0';
  return {header.data(), header.size()};
}

// A record of a pax header counts itself: "<length> path=<name>\n".
std::string PathRecord(const std::string& name) {
  std::string rest = " path=" + name + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

// A name that is too long for the header stands in a pax header before it.
Result<std::string> MakeHeader(const std::string& name, uint64_t size) {
  if (!IsSafeMemberName(name)) {
    return Error{ErrorCode::kInvalidArgument, "tar_name", "the file name `" + name + "` cannot be kept in an archive",
                 "use a shorter name"};
  }
  if (name.size() <= kShortName) return MakeBlock(name, size, kFile);
  std::string record = PathRecord(name);
  return MakeBlock(kPaxName, record.size(), kPax) + record + std::string(PaddingOf(record.size()), '\0') +
         MakeBlock(name, size, kFile);
}

}  // namespace

bool IsSafeMemberName(std::string_view name) {
  if (name.empty() || name.size() > kLongName || name.find('\0') != std::string_view::npos) return false;
  for (std::string_view part : Split(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

// The lock is on the file that is not complete yet. Whoever waited for it in vain must not write into what has been
// renamed meanwhile, so the name must still be that of the file that was locked.
Result<std::unique_ptr<TarWriter>> TarWriter::Create(const std::string& file) {
  std::string partial = file + ".partial";
  int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return FileError(partial, errno, "creating");
  struct stat opened{}, named{};
  bool ours = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor, &opened) == 0 &&
              ::stat(partial.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
  if (ours && ::ftruncate(descriptor, 0) == 0) return std::unique_ptr<TarWriter>(new TarWriter(file, descriptor));
  ::close(descriptor);
  return Error{ErrorCode::kConflict, "file_in_use", "another process is writing `" + file + "`",
               "wait until it is done"};
}

TarWriter::~TarWriter() {
  if (!finished_) ::unlink((file_ + ".partial").c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> TarWriter::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(file_, errno, "writing");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> TarWriter::Pad(uint64_t bytes) { return Write(std::string(PaddingOf(bytes), '\0')); }

Result<TarMember> TarWriter::AddFile(const std::string& name, const std::string& path) {
  int source = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (source < 0) return FileError(path, errno, "opening");
  auto close_source = [](int* descriptor) { ::close(*descriptor); };
  std::unique_ptr<int, decltype(close_source)> closing(&source, close_source);
  struct stat status{};
  if (::fstat(source, &status) != 0) return FileError(path, errno, "reading");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kInvalidArgument, "not_a_file", "`" + path + "` is not a file"};
  const auto size = static_cast<uint64_t>(status.st_size);
  GR_ASSIGN(std::string header, MakeHeader(name, size));
  GR_TRY(Write(header));
  Sha256 digest;
  std::vector<char> piece(kPiece);
  uint64_t done = 0;
  while (true) {
    ssize_t count = ::read(source, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno, "reading");
    if (count == 0) break;
    done += static_cast<uint64_t>(count);
    if (done > size) break;
    digest.Update({piece.data(), static_cast<size_t>(count)});
    GR_TRY(Write({piece.data(), static_cast<size_t>(count)}));
  }
  if (done != size) {
    return Error{ErrorCode::kConflict, "file_changed", "`" + path + "` changed while it was read", "try again"};
  }
  GR_TRY(Pad(size));
  return TarMember{name, size, digest.HexDigest()};
}

Result<TarMember> TarWriter::AddBytes(const std::string& name, std::string_view bytes) {
  GR_ASSIGN(std::string header, MakeHeader(name, bytes.size()));
  GR_TRY(Write(header));
  GR_TRY(Write(bytes));
  GR_TRY(Pad(bytes.size()));
  return TarMember{name, bytes.size(), Sha256Hex(bytes)};
}

Result<void> TarWriter::Finish() {
  std::string partial = file_ + ".partial";
  GR_TRY(Write(std::string(2 * kBlock, '\0')));
  if (::fsync(descriptor_) != 0) return FileError(partial, errno, "syncing");
  if (::rename(partial.c_str(), file_.c_str()) != 0) return FileError(file_, errno, "renaming to");
  finished_ = true;
  size_t slash = file_.rfind('/');
  std::string folder = slash == std::string::npos ? "." : file_.substr(0, slash + 1);
  int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return FileError(folder, errno, "opening");
  int synced = ::fsync(opened);
  int error = errno;
  ::close(opened);
  if (synced != 0) return FileError(folder, error, "syncing");
  return {};
}

Result<std::unique_ptr<TarReader>> TarReader::Open(const std::string& file) {
  int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return FileError(file, errno, "opening");
  return std::unique_ptr<TarReader>(new TarReader(file, descriptor));
}

TarReader::~TarReader() { ::close(descriptor_); }

Error TarReader::Corrupt(const std::string& what) const {
  return {ErrorCode::kDataLoss, "tar_corrupt",
          "`" + file_ + "` is damaged at byte " + std::to_string(offset_) + ": " + what, "use another copy of it"};
}

Result<void> TarReader::Fill(char* bytes, size_t count) {
  while (count > 0) {
    ssize_t got = ::read(descriptor_, bytes, count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(file_, errno, "reading");
    if (got == 0) return Corrupt("it ends too early");
    offset_ += static_cast<uint64_t>(got);
    bytes += got;
    count -= static_cast<size_t>(got);
  }
  return {};
}

Result<void> TarReader::ExpectZeros(size_t count) {
  std::vector<char> bytes(count);
  GR_TRY(Fill(bytes.data(), count));
  if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0; })) return Corrupt("filling is not empty");
  return {};
}

Result<std::string> TarReader::ReadBytes(size_t count) {
  std::string bytes(count, '\0');
  GR_TRY(Fill(bytes.data(), count));
  return bytes;
}

Result<std::optional<std::string>> TarReader::Next() {
  GR_ASSIGN(std::string header, ReadBytes(kBlock));
  if (header == std::string(kBlock, '\0')) {
    GR_TRY(ExpectZeros(kBlock));
    char beyond = 0;
    if (::read(descriptor_, &beyond, 1) != 0) return Corrupt("something follows the end");
    return std::optional<std::string>();
  }
  std::string name = FieldOf(header, 0, kShortName), last = header;
  if (header[156] == kPax) {
    uint64_t length = SizeOf(header);
    if (length > 2 * kLongName) return Corrupt("not the header of a file");
    GR_ASSIGN(std::string record, ReadBytes(length + PaddingOf(length)));
    GR_ASSIGN(last, ReadBytes(kBlock));
    size_t begin = record.find('=');
    name = begin < length ? record.substr(begin + 1, length - begin - 2) : "";
    header += record + last;
  }
  member_ = {name, SizeOf(last), ""};
  auto expected = MakeHeader(member_.name, member_.bytes);
  if (!expected || *expected != header) return Corrupt("not the header of a file");
  return std::optional<std::string>(member_.name);
}

Result<TarMember> TarReader::Read(const Sink& sink) {
  Sha256 digest;
  std::vector<char> piece(kPiece);
  for (uint64_t left = member_.bytes; left > 0;) {
    size_t count = static_cast<size_t>(std::min<uint64_t>(left, piece.size()));
    GR_TRY(Fill(piece.data(), count));
    digest.Update({piece.data(), count});
    GR_TRY(sink({piece.data(), count}));
    left -= count;
  }
  GR_TRY(ExpectZeros(PaddingOf(member_.bytes)));
  member_.sha256 = digest.HexDigest();
  return member_;
}

}  // namespace greenroom
