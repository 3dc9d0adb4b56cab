#include "archive/tar_header.h"

#include <algorithm>
#include <charconv>

namespace greenroom {
namespace {

Error BadHeader(const char* what) {
  return {ErrorCode::kInvalidArgument, "bad_header", std::string("the archive has a member with ") + what};
}

std::string_view TextField(std::string_view block, size_t offset, size_t size) {
  std::string_view field = block.substr(offset, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits with spaces before, and space or NUL behind; or base 256 when the first bit is set.
Result<uint64_t> NumberField(std::string_view field) {
  unsigned char first = static_cast<unsigned char>(field[0]);
  if (first & 0x80) {
    if (first != 0x80) return BadHeader("a negative or huge number");
    uint64_t value = 0;
    for (char c : field.substr(1)) {
      if (value >> 55) return BadHeader("a negative or huge number");
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  size_t begin = std::min(field.find_first_not_of(' '), field.size());
  size_t end = std::min(field.find_first_of(std::string_view(" \0", 2), begin), field.size());
  uint64_t value = 0;
  for (char c : field.substr(begin, end - begin)) {
    if (c < '0' || c > '7') return BadHeader("a number that is not octal");
    value = value << 3 | static_cast<uint64_t>(c - '0');
  }
  if (field.find_first_not_of(std::string_view(" \0", 2), end) != std::string_view::npos)
    return BadHeader("a number that is not octal");
  return value;
}

// Some old writers summed signed bytes; both sums are taken.
Result<void> CheckSum(std::string_view block) {
  GR_ASSIGN(uint64_t wanted, NumberField(block.substr(148, 8)));
  uint64_t sum = 0;
  int64_t signed_sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    char c = i >= 148 && i < 156 ? ' ' : block[i];
    sum += static_cast<unsigned char>(c);
    signed_sum += static_cast<signed char>(c);
  }
  if (wanted == sum || static_cast<int64_t>(wanted) == signed_sum) return {};
  return BadHeader("a wrong checksum");
}

Result<uint64_t> DecimalOf(std::string_view text) {
  uint64_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty())
    return BadHeader("a number that is not decimal");
  return value;
}

// Takes one record `length key=value\n` off the front.
Result<std::string_view> TakeRecord(std::string_view& records) {
  size_t space = records.find(' ');
  if (space == std::string_view::npos) return BadHeader("a malformed pax record");
  GR_ASSIGN(uint64_t length, DecimalOf(records.substr(0, space)));
  if (length > records.size() || length < space + 3 || records[length - 1] != '\n')
    return BadHeader("a malformed pax record");
  std::string_view record = records.substr(space + 1, length - space - 2);
  records.remove_prefix(length);
  return record;
}

}  // namespace

Result<TarHeader> ParseTarHeader(std::string_view block) {
  if (block.size() != kTarBlock) return BadHeader("an incomplete header");
  GR_TRY(CheckSum(block));
  TarHeader header;
  GR_ASSIGN(header.size, NumberField(block.substr(124, 12)));
  header.type = block[156] == '\0' ? '0' : block[156];
  header.name = TextField(block, 0, 100);
  // GNU's own format ("ustar  ") keeps times where POSIX keeps the prefix.
  std::string_view prefix = TextField(block, 345, 155);
  if (block.substr(257, 6) == std::string_view("ustar\0", 6) && !prefix.empty())
    header.name = std::string(prefix) + "/" + header.name;
  return header;
}

bool IsZeroBlock(std::string_view block) { return block.find_first_not_of('\0') == std::string_view::npos; }

Result<PaxRecords> ParsePaxRecords(std::string_view records) {
  PaxRecords parsed;
  while (!records.empty()) {
    GR_ASSIGN(std::string_view record, TakeRecord(records));
    size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return BadHeader("a malformed pax record");
    std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") parsed.path = value;
    if (key == "size") {
      GR_ASSIGN(parsed.size, DecimalOf(value));
    }
    if (key.starts_with("GNU.sparse.")) parsed.sparse = true;
  }
  return parsed;
}

}  // namespace greenroom
